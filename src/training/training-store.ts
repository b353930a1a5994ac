import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { makeDirectory } from '../data/atomic-file.js'
import { configHash } from '../data/canonical-json.js'
import { isSystemFailure } from '../data/read-file.js'
import { inRunFolder } from '../data/run-folder.js'
import { RobustFeaturesError } from '../native/errors.js'
import { type Checkpoint, CheckpointStore, moveIfThere } from './checkpoint-store.js'
import { HistoryFile } from './history-file.js'
import { SNAPSHOT_FOLDER, type Snapshot, SnapshotFiles, type SnapshotPlan } from './snapshots.js'
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
 * Runs `work` with the folder of a run, in which no other training runs meanwhile: a new one, or one with checkpoints of
 * the same network, data and plan. Where a snapshot of before the checkpoint is not as it was, the run goes on from the
 * previous checkpoint. Where no checkpoint helps, it begins anew, and what was there is moved aside.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` when the folder holds another run; `RUN_FOLDER_IN_USE`; `WRITE_FAILED`;
 *   `INVALID_FILE` when the run is of another version, or the operating system does not let one of its files be read
 */
export async function withTrainingStore<Net, Rec extends { readonly iteration: number }, Result>(
  place: { directory: string; everySeconds: number },
  storage: TrainingStorage<Net, Rec>,
  plan: SnapshotPlan,
  work: (store: TrainingStore<Net, Rec>) => Promise<Result>,
): Promise<Result> {
  return inRunFolder(place.directory, { use: 'training', below: [SNAPSHOT_FOLDER] }, async () =>
    work(await openTrainingStore(place, storage, plan)),
  )
}

async function openTrainingStore<Net, Rec extends { readonly iteration: number }>(
  { directory, everySeconds }: { directory: string; everySeconds: number },
  { tensors, fingerprint, remade, revive, ...files }: TrainingStorage<Net, Rec>,
  plan: SnapshotPlan,
): Promise<TrainingStore<Net, Rec>> {
  const snapshots = new SnapshotFiles<Net>(directory, files)
  const checkpoints = new CheckpointStore({
    directory,
    configHash: configHash(fingerprint()),
    names: tensors,
  })
  const { from, warning } = await restored(checkpoints, snapshots, plan, directory)
  const history = await HistoryFile.open(join(directory, HISTORY_FILE))
  await history.truncateFrom(from === undefined ? 0 : remade(from.checkpoint.iteration))
  const resumption = from && { ...from, history: (await history.read()).map(revive) }
  return new TrainingStore({ everySeconds, resumption, warning, checkpoints, history, snapshots })
}

const HISTORY_FILE = 'history.jsonl'

type Restored<Net> = Omit<Resumption<Net, never>, 'history'>

/** The newest checkpoint whose snapshots are as they were. */
async function restored<Net>(
  checkpoints: CheckpointStore,
  files: SnapshotFiles<Net>,
  plan: SnapshotPlan,
  directory: string,
): Promise<{ from: Restored<Net> | undefined; warning: string | undefined }> {
  const { checkpoint, warning } = await checkpoints.loadLatest()
  if (checkpoint === undefined) {
    if (warning === undefined) return { from: undefined, warning }
    const aside = await setAside(checkpoints, directory)
    return { from: undefined, warning: `${warning.replace(/\.$/, '')}; what was there is kept in ${aside}.` }
  }
  const newest = await withSnapshots(checkpoint, files, plan)
  if (typeof newest !== 'string') return { from: newest, warning }
  const lack = `A snapshot is missing or damaged (${newest.replace(/\.$/, '')})`
  const earlier = await checkpoints.loadPrevious()
  const previous = earlier && (await withSnapshots(earlier, files, plan))
  if (previous !== undefined && typeof previous !== 'string') {
    const { iteration } = previous.checkpoint
    return {
      from: previous,
      warning: `${lack}; continuing from the previous checkpoint at iteration ${iteration}.`,
    }
  }
  const aside = await setAside(checkpoints, directory)
  return {
    from: undefined,
    warning: `${lack}, so training starts anew; the earlier checkpoints and history are kept in ${aside}.`,
  }
}

/** A checkpoint with the snapshots before it; the reason where one of them is not as it was. */
async function withSnapshots<Net>(
  checkpoint: Checkpoint,
  files: SnapshotFiles<Net>,
  plan: SnapshotPlan,
): Promise<Restored<Net> | string> {
  try {
    return { checkpoint, snapshots: await files.restore(plan.upTo(checkpoint.iteration), checkpoint) }
  } catch (error) {
    if (!(error instanceof RobustFeaturesError) || isSystemFailure(error)) throw error
    return error.message
  }
}

/** Moves checkpoints and history into a folder of their own, for a training that begins anew. */
async function setAside(checkpoints: CheckpointStore, directory: string): Promise<string> {
  const aside = unusedFolder(directory)
  await makeDirectory(aside)
  // The checkpoints first, lest they be gone on from without their history.
  await checkpoints.moveTo(aside)
  await moveIfThere(join(directory, HISTORY_FILE), join(aside, HISTORY_FILE))
  return aside
}

function unusedFolder(directory: string): string {
  for (let number = 1; ; number++) {
    const path = join(directory, `set-aside-${number}`)
    if (!existsSync(path)) return path
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
