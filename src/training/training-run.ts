import type { PatchNetwork } from '../model/patch-network.js'
import type { NativeExecution } from '../native/contract.js'
import { RobustFeaturesError } from '../native/errors.js'
import { abortedError, type ExecutionOptions, execute } from '../native/execution.js'
import type { TrainingRecord } from './record.js'
import type { Snapshot, SnapshotPlan } from './snapshots.js'
import type { Trainer, TrainingPlan } from './trainer.js'
import type { TrainingStore } from './training-store.js'

/** Records reach JavaScript about this often; it does not change the result. */
const SLICE_SECONDS = 0.1

/** What training gives. */
export interface TrainingResult<Net = PatchNetwork, Rec = TrainingRecord> {
  /** The trained one. */
  readonly network: Net
  /** All records, those before a resumption included. */
  readonly history: readonly Rec[]
  /** In order, iteration 0 and the last included; none unless asked for. */
  readonly snapshots: readonly Snapshot<Net>[]
}

/** How a run began. */
export interface RunStart {
  /** The iteration an earlier, interrupted run had reached; 0 for a new one. */
  readonly resumedAt: number
  /** About damaged checkpoints or snapshots that were passed over. */
  readonly warning: string | undefined
}

interface RunOptions<Net, Rec extends Pick<TrainingRecord, 'iteration'>> {
  /** Runs `work` with the folder of the run, which is its own until that ends; with none where nothing is kept. */
  readonly withStore: <Result>(
    work: (store: TrainingStore<Net, Rec> | undefined) => Promise<Result>,
  ) => Promise<Result>
  readonly snapshots: SnapshotPlan
  readonly execution: ExecutionOptions
}

/**
 * A training run in progress. Iterating gives every record as it comes, from the first one on, for any number of
 * readers; leaving the loop does not stop the run, the `signal` does.
 */
export class TrainingRun<Net = PatchNetwork, Rec extends Pick<TrainingRecord, 'iteration'> = TrainingRecord>
  implements AsyncIterable<Rec>
{
  /**
   * The trained network and the whole history; rejects with `ABORTED`, `DIVERGED` or what else went wrong. A run that
   * nobody awaits fails silently: it gives no unhandled rejection.
   */
  readonly finished: Promise<TrainingResult<Net, Rec>>
  /** T, the iterations this run goes to. */
  readonly iterations: number
  /** Resolves once the run has begun. */
  readonly started: Promise<RunStart>
  readonly #plan: TrainingPlan<Net, Rec>
  readonly #options: RunOptions<Net, Rec>
  readonly #history: Rec[] = []
  readonly #snapshots: Snapshot<Net>[] = []
  #ended = false
  #wake: (() => void)[] = []

  /**
   * Begins at once; users come by `train`.
   *
   * @internal
   */
  constructor(plan: TrainingPlan<Net, Rec>, options: RunOptions<Net, Rec>) {
    this.#plan = plan
    this.#options = options
    this.iterations = plan.iterations
    let begun: (start: RunStart) => void = () => {}
    const start = new Promise<RunStart>((resolve) => {
      begun = resolve
    })
    this.finished = this.#run(begun).finally(() => {
      this.#ended = true
      this.#announce()
    })
    this.started = Promise.race([start, this.finished.then(() => start)])
    // A reader of the records, of `started` or of `finished` sees the error; nobody has to look at all three.
    this.started.catch(() => {})
    this.finished.catch(() => {})
  }

  /** Every record from the first one on, each as it comes. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Rec> {
    for (let next = 0; ; next++) {
      while (next >= this.#history.length && !this.#ended) {
        await new Promise<void>((resolve) => this.#wake.push(resolve))
      }
      const record = this.#history[next]
      if (record === undefined) break
      yield record
    }
    await this.finished
  }

  async #run(begun: (start: RunStart) => void): Promise<TrainingResult<Net, Rec>> {
    const { withStore, execution } = this.#options
    if (execution.signal?.aborted) throw abortedError(execution.signal)
    return withStore(async (store) => {
      const trainer = this.#plan.start(store?.resumption?.checkpoint)
      this.#record(store?.resumption?.history ?? [])
      this.#snapshots.push(...(store?.resumption?.snapshots ?? []))
      begun({ resumedAt: trainer.iteration, warning: store?.warning })
      await execute(execution, (native) => this.#advance(trainer, store, native), this.#plan.addon())
      return { network: trainer.network(), history: this.#history, snapshots: this.#snapshots }
    })
  }

  async #advance(
    trainer: Trainer<Net, Rec>,
    store: TrainingStore<Net, Rec> | undefined,
    native: NativeExecution,
  ): Promise<void> {
    const { signal } = this.#options.execution
    let saved = performance.now()
    await this.#keepIfDue(trainer, store)
    for (;;) {
      const until = this.#options.snapshots.after(trainer.iteration)
      const slice = { ...native, seconds: SLICE_SECONDS, ...(until === undefined ? {} : { until }) }
      const { records, status } = await trainer.advance(slice)
      await store?.append(records)
      this.#record(records)
      if (status === 'diverged') throw divergence(trainer.iteration, this.#plan)
      await this.#keepIfDue(trainer, store)
      const due = (performance.now() - saved) / 1000 >= (store?.everySeconds ?? Number.POSITIVE_INFINITY)
      if (store !== undefined && (due || status !== 'running')) {
        await store.save(trainer)
        saved = performance.now()
      }
      if (status === 'cancelled' && signal !== undefined) throw abortedError(signal)
      if (status === 'finished') return
    }
  }

  /** Before the checkpoint that follows, so that a resumed run has it. */
  async #keepIfDue(trainer: Trainer<Net, Rec>, store: TrainingStore<Net, Rec> | undefined): Promise<void> {
    const { iteration } = trainer
    if (!this.#options.snapshots.isDue(iteration) || this.#snapshots.at(-1)?.iteration === iteration) return
    const snapshot = { iteration, network: finiteNetwork(trainer, this.#plan) }
    await store?.keep(snapshot)
    this.#snapshots.push(snapshot)
  }

  #record(records: readonly Rec[]): void {
    // Not push(...records): a resumed history can exceed what a call may take as arguments.
    for (const record of records) this.#history.push(record)
    this.#announce()
  }

  #announce(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}

/** An update may leave numbers that only the next pass would find to be infinite. */
function finiteNetwork<Net>(trainer: Trainer<Net, unknown>, plan: Advised): Net {
  try {
    return trainer.network()
  } catch (error) {
    if (error instanceof RobustFeaturesError && error.code === 'INVALID_ARGUMENT')
      throw divergence(trainer.iteration, plan)
    throw error
  }
}

type Advised = Pick<TrainingPlan<never, never>, 'remedy'>

function divergence(iteration: number, { remedy }: Advised): RobustFeaturesError {
  return new RobustFeaturesError(
    'DIVERGED',
    `The loss is no longer finite at iteration ${iteration}; ${remedy}.`,
  )
}
