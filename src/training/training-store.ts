import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { makeDirectory } from '../data/atomic-file.js'
import { configHash } from '../data/canonical-json.js'
import { type Checkpoint, CheckpointStore } from './checkpoint-store.js'
import { HistoryFile } from './history-file.js'
import type { Trainer, TrainingStorage } from './trainer.js'

/** Where an interrupted run stands. */
export interface Resumption<Rec> {
  readonly checkpoint: Checkpoint
  readonly history: Rec[]
}

/** History and checkpoints of one run in a folder. */
export class TrainingStore<Rec extends { readonly iteration: number }> {
  readonly everySeconds: number
  readonly resumption: Resumption<Rec> | undefined
  /** About damaged checkpoints that were passed over. */
  readonly warning: string | undefined
  readonly #checkpoints: CheckpointStore
  readonly #history: HistoryFile

  constructor(fields: {
    everySeconds: number
    resumption: Resumption<Rec> | undefined
    warning: string | undefined
    checkpoints: CheckpointStore
    history: HistoryFile
  }) {
    this.everySeconds = fields.everySeconds
    this.resumption = fields.resumption
    this.warning = fields.warning
    this.#checkpoints = fields.checkpoints
    this.#history = fields.history
  }

  async append(records: readonly Rec[]): Promise<void> {
    await this.#history.append(records.map((record) => ({ ...record })))
  }

  async save(trainer: Trainer<unknown, Rec>): Promise<void> {
    await this.#checkpoints.save({ iteration: trainer.iteration, tensors: trainer.state() })
  }
}

/**
 * Opens the folder of a run: a new one, or one with checkpoints of the same network, data and plan.
 *
 * @throws RobustFeaturesError `WRITE_FAILED`; `INVALID_FILE` when the folder holds another run
 */
export async function openTrainingStore<Rec extends { readonly iteration: number }>(
  { directory, everySeconds }: { directory: string; everySeconds: number },
  { tensors, fingerprint, remade, revive }: TrainingStorage<Rec>,
): Promise<TrainingStore<Rec>> {
  await makeDirectory(directory)
  const checkpoints = new CheckpointStore({
    directory,
    configHash: configHash(fingerprint()),
    names: tensors,
  })
  const { checkpoint, warning } = await checkpoints.loadLatest()
  const history = await HistoryFile.open(join(directory, 'history.jsonl'))
  await history.truncateFrom(checkpoint === undefined ? 0 : remade(checkpoint.iteration))
  const resumption =
    checkpoint === undefined ? undefined : { checkpoint, history: (await history.read()).map(revive) }
  return new TrainingStore({ everySeconds, resumption, warning, checkpoints, history })
}

/** SHA-256 of numbers and their type. */
export function digest(array: Float32Array | Float64Array | Int32Array): string {
  const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  return createHash('sha256').update(array.constructor.name).update(bytes).digest('hex')
}
