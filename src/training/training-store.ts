import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { makeDirectory } from '../data/atomic-file.js'
import { configHash } from '../data/canonical-json.js'
import { RobustFeaturesError } from '../native/errors.js'
import { type Checkpoint, CheckpointStore } from './checkpoint-store.js'
import { HistoryFile } from './history-file.js'
import { type Snapshot, SnapshotFiles, type SnapshotPlan } from './snapshots.js'
import type { Trainer, TrainingStorage } from './trainer.js'

/** Where an interrupted run stands. */
export interface Resumption<Net, Rec> {
  readonly checkpoint: Checkpoint
  readonly history: Rec[]
  readonly snapshots: Snapshot<Net>[]
}

/** History, snapshots and checkpoints of one run in a folder. */
export class TrainingStore<Net, Rec extends { readonly iteration: number }> {
  readonly everySeconds: number
  readonly resumption: Resumption<Net, Rec> | undefined
  /** About damaged files that were passed over. */
  readonly warning: string | undefined
  readonly #checkpoints: CheckpointStore
  readonly #history: HistoryFile
  readonly #snapshots: SnapshotFiles<Net>

  constructor(fields: {
    everySeconds: number
    resumption: Resumption<Net, Rec> | undefined
    warning: string | undefined
    checkpoints: CheckpointStore
    history: HistoryFile
    snapshots: SnapshotFiles<Net>
  }) {
    this.everySeconds = fields.everySeconds
    this.resumption = fields.resumption
    this.warning = fields.warning
    this.#checkpoints = fields.checkpoints
    this.#history = fields.history
    this.#snapshots = fields.snapshots
  }

  async append(records: readonly Rec[]): Promise<void> {
    await this.#history.append(records.map((record) => ({ ...record })))
  }

  async keep(snapshot: Snapshot<Net>): Promise<void> {
    await this.#snapshots.keep(snapshot)
  }

  async save(trainer: Trainer<Net, Rec>): Promise<void> {
    const { iteration } = trainer
    const { metadata } = this.#snapshots
    await this.#checkpoints.save({ iteration, tensors: trainer.state(), metadata })
  }
}

/**
 * Opens the folder of a run: a new one, or one with checkpoints of the same network, data and plan. Where a snapshot of
 * before the checkpoint is not as it was, the run begins anew.
 *
 * @throws RobustFeaturesError `WRITE_FAILED`; `INVALID_FILE` when the folder holds another run
 */
export async function openTrainingStore<Net, Rec extends { readonly iteration: number }>(
  { directory, everySeconds }: { directory: string; everySeconds: number },
  { tensors, fingerprint, remade, revive, ...files }: TrainingStorage<Net, Rec>,
  plan: SnapshotPlan,
): Promise<TrainingStore<Net, Rec>> {
  await makeDirectory(directory)
  const snapshots = new SnapshotFiles<Net>(directory, files)
  const checkpoints = new CheckpointStore({
    directory,
    configHash: configHash(fingerprint()),
    names: tensors,
  })
  const latest = await checkpoints.loadLatest()
  const { from, warning = latest.warning } = await restored(latest.checkpoint, snapshots, plan)
  // Lest it be gone on from before its history is there again.
  if (latest.checkpoint !== undefined && from === undefined) await checkpoints.discard()
  const history = await HistoryFile.open(join(directory, 'history.jsonl'))
  await history.truncateFrom(from === undefined ? 0 : remade(from.checkpoint.iteration))
  const resumption = from && { ...from, history: (await history.read()).map(revive) }
  return new TrainingStore({ everySeconds, resumption, warning, checkpoints, history, snapshots })
}

/** A checkpoint with the snapshots before it; only a warning where one of them is missing or damaged. */
async function restored<Net>(
  checkpoint: Checkpoint | undefined,
  files: SnapshotFiles<Net>,
  plan: SnapshotPlan,
): Promise<{ from?: { checkpoint: Checkpoint; snapshots: Snapshot<Net>[] }; warning?: string }> {
  if (checkpoint === undefined) return {}
  try {
    return {
      from: { checkpoint, snapshots: await files.restore(plan.upTo(checkpoint.iteration), checkpoint) },
    }
  } catch (error) {
    if (!(error instanceof RobustFeaturesError)) throw error
    const reason = error.message.replace(/\.$/, '')
    return { warning: `A snapshot is missing or damaged (${reason}), so training starts anew.` }
  }
}

/** SHA-256 of numbers and their type. */
export function digest(...arrays: readonly (Float32Array | Float64Array | Int32Array)[]): string {
  const hash = createHash('sha256')
  for (const array of arrays) {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
    hash.update(array.constructor.name).update(bytes)
  }
  return hash.digest('hex')
}
