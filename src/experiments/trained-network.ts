import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { makeDirectory, writeFileAtomically, writeJson } from '../data/atomic-file.js'
import type { Features } from '../data/features.js'
import type { ImageData } from '../data/image-data.js'
import type { PatchData } from '../data/patch-data.js'
import { isSystemFailure } from '../data/read-file.js'
import { writeSafetensors } from '../data/safetensors.js'
import type { Tensor } from '../data/tensor-content.js'
import type { FeatureCoefficients } from '../model/feature-coefficients.js'
import { LayeredNetwork } from '../model/layered-network.js'
import { PatchNetwork } from '../model/patch-network.js'
import { RobustFeaturesError } from '../native/errors.js'
import { type HistoryRecord, historyToCsv, readHistory } from '../training/history-file.js'
import type { Objective } from '../training/objective.js'
import { type LayeredTrainingRecord, reviveTrainingRecord, type TrainingRecord } from '../training/record.js'
import { type Snapshot, SnapshotPlan, snapshotPath } from '../training/snapshots.js'
import { type LayeredTrainOptions, type TrainOptions, train } from '../training/train.js'
import type { TrainingResult, TrainingRun } from '../training/training-run.js'
import type { ExperimentContext } from './experiment.js'

/** Training of either kind of network. */
interface Training<Net, Data> {
  /** Folder within the run folder, such as `seed-1/standard`; also its name in messages. Empty: the run folder. */
  readonly name: string
  readonly network: Net
  readonly data: Data
  readonly objective: Objective
}

/** Options of `train` that are not the experiments' to set. */
type Managed = 'objective' | 'threads' | 'signal' | 'checkpoint' | 'record'

export interface NetworkTraining extends Training<PatchNetwork, PatchData> {
  readonly options: Omit<TrainOptions, Managed>
  readonly recordEvery: number
  /** For data whose features are known. */
  readonly features?: Features
}

/** Of a layered network; a record an epoch. */
export interface LayeredNetworkTraining extends Training<LayeredNetwork, ImageData> {
  readonly options: Omit<LayeredTrainOptions, Managed>
}

/** A finished training. */
export interface TrainedNetwork<Net = PatchNetwork, Rec = TrainingRecord> extends TrainingResult<Net, Rec> {
  /** Of its last session; undefined where none was kept. Not deterministic: it must stay out of records. */
  readonly pace: TrainingPace | undefined
}

export interface TrainingPace {
  readonly seconds: number
  readonly iterations: number
}

type Context = Pick<ExperimentContext<object>, 'directory' | 'threads' | 'signal' | 'note'>

/**
 * Trains a network in a folder of its own, with checkpoints, and leaves `weights.safetensors`, `history.jsonl`,
 * `history.csv`, `coefficients.safetensors` and `timings.json` there. A finished folder is read, an interrupted one is
 * continued; of a finished one whose snapshots are not all there they are made anew, which is noted.
 *
 * @param onProgress share of the iterations done
 */
export async function trainedNetwork(
  context: Context,
  training: NetworkTraining,
  onProgress: (share: number) => void,
): Promise<TrainedNetwork> {
  const { name, network, data, objective, options, recordEvery, features } = training
  const record = features === undefined ? { every: recordEvery } : { every: recordEvery, features }
  return trainedInFolder(
    context,
    {
      name,
      load: PatchNetwork.load,
      revive: reviveTrainingRecord,
      start: (execution) => train(network, data, { ...options, objective, record, ...execution }),
      snapshotsAt: snapshotIterations(options),
      finish: ({ history }, directory) =>
        writeCoefficients(join(directory, 'coefficients.safetensors'), history),
    },
    onProgress,
  )
}

/** The same for a layered network, which has no coefficients. */
export async function trainedLayeredNetwork(
  context: Context,
  training: LayeredNetworkTraining,
  onProgress: (share: number) => void,
): Promise<TrainedNetwork<LayeredNetwork, LayeredTrainingRecord>> {
  const { name, network, data, objective, options } = training
  return trainedInFolder(
    context,
    {
      name,
      load: LayeredNetwork.load,
      revive: (record) => record as unknown as LayeredTrainingRecord,
      start: (execution) => train(network, data, { ...options, objective, ...execution }),
      snapshotsAt: snapshotIterations(options),
    },
    onProgress,
  )
}

/** What differs between the kinds of networks. */
interface TrainingKind<Net, Rec extends { readonly iteration: number }> {
  readonly name: string
  load(path: string): Promise<Net>
  revive(record: HistoryRecord): Rec
  start(options: {
    checkpoint: { directory: string }
    threads: number
    signal: AbortSignal
  }): TrainingRun<Net, Rec>
  /** Iterations; undefined where only training tells them. */
  readonly snapshotsAt: readonly number[] | undefined
  /** Further files of the training. */
  finish?(result: TrainingResult<Net, Rec>, directory: string): Promise<void>
}

async function trainedInFolder<
  Net extends { save(path: string): Promise<void> },
  Rec extends { readonly iteration: number },
>(
  context: Context,
  { name, load, revive, start, snapshotsAt, finish }: TrainingKind<Net, Rec>,
  onProgress: (share: number) => void,
): Promise<TrainedNetwork<Net, Rec>> {
  const directory = join(context.directory, name)
  const weightsPath = join(directory, 'weights.safetensors')
  await makeDirectory(directory)
  const label = name === '' ? '' : `${name}: `
  const finished = await exists(weightsPath)
  const snapshots = finished ? await keptSnapshots(directory, snapshotsAt, load) : undefined
  if (typeof snapshots === 'object') {
    onProgress(1)
    const history = (await readHistory(join(directory, 'history.jsonl'))).map(revive)
    const pace = await readPace(directory)
    return { network: await load(weightsPath), history, snapshots, pace }
  }
  if (snapshots !== undefined)
    context.note(`${label}making snapshots of the finished training anew: ${snapshots}`)
  const { threads, signal } = context
  const begun = performance.now()
  const run = start({ checkpoint: { directory }, threads, signal })
  const { resumedAt, warning } = await run.started
  if (warning !== undefined) context.note(`${label}${warning}`)
  if (resumedAt > 0 && !finished)
    context.note(`${label}resuming at iteration ${resumedAt} of ${run.iterations}.`)
  for await (const { iteration } of run) {
    // What an earlier session recorded is no progress of this one.
    if (iteration >= resumedAt) onProgress(iteration / Math.max(1, run.iterations))
  }
  const result = await run.finished
  if (finished) return { ...result, pace: await readPace(directory) }
  const pace = { seconds: (performance.now() - begun) / 1000, iterations: run.iterations - resumedAt }
  await writeFileAtomically(join(directory, 'history.csv'), historyToCsv(result.history))
  await finish?.(result, directory)
  await writeJson(join(directory, PACE_FILE), pace)
  await result.network.save(weightsPath) // last: its presence says that the training is complete
  return { ...result, pace }
}

function snapshotIterations(options: {
  readonly iterations?: number | undefined
  readonly snapshots?: { readonly every?: number | undefined } | undefined
}): readonly number[] | undefined {
  if (options.snapshots === undefined) return []
  const { every } = options.snapshots
  const { iterations } = options
  return every === undefined || iterations === undefined
    ? undefined
    : new SnapshotPlan(every, iterations).upTo(iterations)
}

/** All snapshots of a finished training, or what is wrong with one. */
async function keptSnapshots<Net>(
  directory: string,
  iterations: readonly number[] | undefined,
  load: (path: string) => Promise<Net>,
): Promise<Snapshot<Net>[] | string | undefined> {
  if (iterations === undefined) return undefined
  try {
    const snapshots: Snapshot<Net>[] = []
    for (const iteration of iterations)
      snapshots.push({ iteration, network: await load(snapshotPath(directory, iteration)) })
    return snapshots
  } catch (error) {
    if (!(error instanceof RobustFeaturesError) || isSystemFailure(error)) throw error
    return error.message
  }
}

const PACE_FILE = 'timings.json'

async function readPace(directory: string): Promise<TrainingPace | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, PACE_FILE), 'utf8'))
  } catch {
    return undefined // a training is no less finished without it
  }
}

/** Tensors `iterations` (R), `robust` and `nonRobust` (R × f × k) of the R records that have coefficients. */
async function writeCoefficients(path: string, history: readonly TrainingRecord[]): Promise<void> {
  const records = history.flatMap(({ iteration, coefficients }) =>
    coefficients ? [{ iteration, ...coefficients }] : [],
  )
  const [first] = records
  if (first === undefined) return
  const stack = (pick: (coefficients: FeatureCoefficients) => Float64Array): Tensor => {
    const length = pick(first).length
    const data = new Float64Array(records.length * length)
    for (const [row, record] of records.entries()) data.set(pick(record), row * length)
    return { shape: [records.length, length], data }
  }
  const tensors = new Map<string, Tensor>([
    ['iterations', { shape: [records.length], data: Int32Array.from(records, ({ iteration }) => iteration) }],
    ['robust', stack(({ robust }) => robust)],
    ['nonRobust', stack(({ nonRobust }) => nonRobust)],
  ])
  await writeSafetensors(path, { tensors })
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
