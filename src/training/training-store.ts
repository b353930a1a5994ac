import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { makeDirectory } from '../data/atomic-file.js'
import { configHash } from '../data/canonical-json.js'
import type { PatchData } from '../data/patch-data.js'
import { toNativeActivation } from '../model/activation.js'
import type { PatchNetwork } from '../model/patch-network.js'
import type { NativeTrainer, NativeTrainerOptions } from '../native/contract.js'
import { type Checkpoint, CheckpointStore } from './checkpoint-store.js'
import { HistoryFile } from './history-file.js'
import { reviveTrainingRecord, type TrainingRecord } from './record.js'

type Plan = Omit<NativeTrainerOptions, 'network' | 'data' | 'iteration' | 'velocity'>

/** Where an interrupted run stands. */
export interface Resumption {
  readonly checkpoint: Checkpoint
  readonly history: TrainingRecord[]
}

/** History and checkpoints of one run in a folder. */
export class TrainingStore {
  readonly everySeconds: number
  readonly resumption: Resumption | undefined
  /** About damaged checkpoints that were passed over. */
  readonly warning: string | undefined
  readonly #checkpoints: CheckpointStore
  readonly #history: HistoryFile
  readonly #shape: readonly [number, number]

  constructor(fields: {
    everySeconds: number
    resumption: Resumption | undefined
    warning: string | undefined
    checkpoints: CheckpointStore
    history: HistoryFile
    shape: readonly [number, number]
  }) {
    this.everySeconds = fields.everySeconds
    this.resumption = fields.resumption
    this.warning = fields.warning
    this.#checkpoints = fields.checkpoints
    this.#history = fields.history
    this.#shape = fields.shape
  }

  async append(records: readonly TrainingRecord[]): Promise<void> {
    await this.#history.append(records.map((record) => ({ ...record })))
  }

  async save(trainer: NativeTrainer): Promise<void> {
    await this.#checkpoints.save({
      iteration: trainer.iteration,
      shape: this.#shape,
      weights: trainer.weights(),
      velocity: trainer.velocity(),
    })
  }
}

/**
 * Opens the folder of a run: a new one, or one with checkpoints of the same network, data and plan.
 *
 * @throws RobustFeaturesError `WRITE_FAILED`; `INVALID_FILE` when the folder holds another run
 */
export async function openTrainingStore(
  { directory, everySeconds }: { directory: string; everySeconds: number },
  run: { network: PatchNetwork; data: PatchData; plan: Plan },
): Promise<TrainingStore> {
  await makeDirectory(directory)
  const checkpoints = new CheckpointStore({ directory, configHash: configHash(fingerprint(run)) })
  const { checkpoint, warning } = await checkpoints.loadLatest()
  const history = await HistoryFile.open(join(directory, 'history.jsonl'))
  // Records from the checkpoint on will be made again.
  await history.truncateFrom(checkpoint?.iteration ?? 0)
  const resumption =
    checkpoint === undefined
      ? undefined
      : { checkpoint, history: (await history.read()).map(reviveTrainingRecord) }
  const { classes, filtersPerClass, dimension } = run.network
  const shape = [classes * filtersPerClass, dimension] as const
  return new TrainingStore({ everySeconds, resumption, warning, checkpoints, history, shape })
}

/** Everything that decides a run's bits. */
function fingerprint({
  network,
  data,
  plan,
}: {
  network: PatchNetwork
  data: PatchData
  plan: Plan
}): object {
  const { classes, filtersPerClass, dimension, activation, weights } = network
  return {
    network: { classes, filtersPerClass, dimension, activation: toNativeActivation(activation) },
    weights: digest(weights),
    data: {
      patches: data.patches,
      dimension: data.dimension,
      classes: data.classes,
      inputs: digest(data.inputs()),
      labels: digest(data.labels()),
    },
    plan: {
      ...plan,
      attacks: plan.attacks.map((attack) =>
        attack.kind === 'featureAligned'
          ? {
              ...attack,
              robustFeatures: digest(attack.robustFeatures),
              nonRobustFeatures: digest(attack.nonRobustFeatures),
            }
          : { ...attack, lower: String(attack.lower), upper: String(attack.upper) },
      ),
      learningRates: digest(plan.learningRates),
      probes: digest(plan.probes),
    },
  }
}

function digest(array: Float32Array | Float64Array | Int32Array): string {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  return createHash('sha256').update(array.constructor.name).update(bytes).digest('hex')
}
