import type { PatchNetwork } from '../model/patch-network.js'
import { nativeAddon } from '../native/addon.js'
import type { NativeTrainer } from '../native/contract.js'
import { RobustFeaturesError } from '../native/errors.js'
import { abortedError, type ExecutionOptions } from '../native/execution.js'
import { threadBudget } from '../native/threads.js'
import type { Checkpoint } from './checkpoint-store.js'
import { type TrainingRecord, toTrainingRecord } from './record.js'
import type { TrainingStore } from './training-store.js'

/** Records reach JavaScript about this often; it does not change the result. */
const SLICE_SECONDS = 0.1

export interface TrainingResult {
  readonly network: PatchNetwork
  /** All records, those before a resumption included. */
  readonly history: readonly TrainingRecord[]
}

export interface RunStart {
  /** The iteration an earlier, interrupted run had reached; 0 for a new one. */
  readonly resumedAt: number
  /** About damaged checkpoints that were passed over. */
  readonly warning: string | undefined
}

interface RunPlan {
  readonly network: PatchNetwork
  readonly iterations: number
  /** Set when records carry feature coefficients. */
  readonly classes: number | undefined
  readonly open: () => Promise<TrainingStore | undefined>
  readonly start: (checkpoint: Checkpoint | undefined) => NativeTrainer
  readonly execution: ExecutionOptions
}

/**
 * A training run in progress. Iterating gives every record as it comes, from the first one on, for any number of
 * readers; leaving the loop does not stop the run, the `signal` does.
 */
export class TrainingRun implements AsyncIterable<TrainingRecord> {
  /** The trained network and the whole history; rejects with `ABORTED`, `DIVERGED` or what else went wrong. */
  readonly finished: Promise<TrainingResult>
  /** T, the iterations this run goes to. */
  readonly iterations: number
  /** Resolves once the run has begun. */
  readonly started: Promise<RunStart>
  readonly #plan: RunPlan
  readonly #history: TrainingRecord[] = []
  #ended = false
  #wake: (() => void)[] = []

  constructor(plan: RunPlan) {
    this.#plan = plan
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

  async *[Symbol.asyncIterator](): AsyncGenerator<TrainingRecord> {
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

  async #run(begun: (start: RunStart) => void): Promise<TrainingResult> {
    const { network, open, start, execution } = this.#plan
    if (execution.signal?.aborted) throw abortedError(execution.signal)
    const store = await open()
    const trainer = start(store?.resumption?.checkpoint)
    this.#record(store?.resumption?.history ?? [])
    begun({ resumedAt: trainer.iteration, warning: store?.warning })
    await this.#advance(trainer, store)
    return { network: network.withWeights(trainer.weights()), history: this.#history }
  }

  async #advance(trainer: NativeTrainer, store: TrainingStore | undefined): Promise<void> {
    const { classes, execution } = this.#plan
    const { threads = threadBudget().threads, signal } = execution
    // A signal aborted while the store was opening fires no event any more.
    if (signal?.aborted) throw abortedError(signal)
    const cancellation = new (nativeAddon().Cancellation)()
    const cancel = () => cancellation.cancel()
    signal?.addEventListener('abort', cancel, { once: true })
    let saved = performance.now()
    try {
      for (;;) {
        const { records, status } = await trainer.advance({ threads, cancellation, seconds: SLICE_SECONDS })
        const fresh = records.map((record) => toTrainingRecord(record, classes))
        await store?.append(fresh)
        this.#record(fresh)
        if (status === 'diverged') throw divergence(trainer.iteration)
        const due = (performance.now() - saved) / 1000 >= (store?.everySeconds ?? Number.POSITIVE_INFINITY)
        if (store !== undefined && (due || status !== 'running')) {
          await store.save(trainer)
          saved = performance.now()
        }
        if (status === 'cancelled' && signal !== undefined) throw abortedError(signal)
        if (status === 'finished') return
      }
    } finally {
      signal?.removeEventListener('abort', cancel)
    }
  }

  #record(records: readonly TrainingRecord[]): void {
    // Not push(...records): a resumed history can exceed what a call may take as arguments.
    for (const record of records) this.#history.push(record)
    this.#announce()
  }

  #announce(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }
}

function divergence(iteration: number): RobustFeaturesError {
  return new RobustFeaturesError(
    'DIVERGED',
    `The loss is no longer finite at iteration ${iteration}; lower \`learningRate\` or the initial scale of the weights.`,
  )
}
