import { join } from 'node:path'
import { ImageData } from '../data/image-data.js'
import type { ImageDataset } from '../data/images/image-dataset.js'
import { extractFeatures } from '../features/extract-features.js'
import { type FeatureKind, isTargeted } from '../features/feature-options.js'
import type { LayeredNetwork } from '../model/layered-network.js'
import type { ExperimentContext, RunFlag } from './experiment.js'
import { type FiniteImages, finiteImages } from './finite-images.js'
import { firstImages } from './image-curves.js'
import type { ImageTraining } from './image-task.js'
import { type ImageRun, trainedOnImages } from './trained-on-images.js'
import type { TransferTask } from './transferability-presets.js'

/** All networks of one seed. */
export interface SeedNetworks {
  readonly seed: number
  /** Their folder within the run folder. */
  readonly where: string
  readonly standard: LayeredNetwork
  readonly adversarial: LayeredNetwork
  /** By the constructed set they were trained on, by standard training. */
  readonly onSets: ReadonlyMap<FeatureKind, LayeredNetwork>
  /** Share of a set's labels that are not those of its originals. */
  readonly relabelled: ReadonlyMap<FeatureKind, number>
  /** Of the making of the sets. */
  readonly flags: readonly RunFlag[]
}

/** What is trained on, and where. */
export type SeedRun = Omit<ImageRun<TransferTask>, 'training'>

type Context = Pick<ExperimentContext<object>, 'directory' | 'threads' | 'signal' | 'note'>

/** So that a network on a set does not start from the weights of the one that the set was made with. */
const FRESH = 1_000_000

/** Trainings on the originals take about this share of the time, the constructed sets the rest. */
const SHARE_OF_ORIGINALS = 0.4

/** Trains both ways, and on every constructed set; what an earlier session has done is read. */
export async function seedNetworks(
  context: Context,
  run: SeedRun,
  kinds: readonly FeatureKind[],
  onProgress: (share: number, activity: string) => void,
): Promise<SeedNetworks> {
  const { seed, where } = run
  const within = (first: number, last: number, activity: string) => (share: number) =>
    onProgress(first + (last - first) * share, activity)
  const onOriginals = async (training: ImageTraining, first: number, last: number) => {
    const own = { ...run, training, where: `${where}/${training}` }
    return (await trainedOnImages(context, own, undefined, within(first, last, training))).network
  }
  const standard = await onOriginals('standard', 0, SHARE_OF_ORIGINALS / 4)
  const adversarial = await onOriginals('adversarial', SHARE_OF_ORIGINALS / 4, SHARE_OF_ORIGINALS)
  const onSets = new Map<FeatureKind, LayeredNetwork>()
  const relabelled = new Map<FeatureKind, number>()
  const flags: RunFlag[] = []
  for (const [position, kind] of kinds.entries()) {
    const share = (1 - SHARE_OF_ORIGINALS) / kinds.length
    const first = SHARE_OF_ORIGINALS + position * share
    const source = kind === 'robust' ? adversarial : standard
    const made = await constructed(
      context,
      run,
      { kind, source },
      within(first, first + share / 2, `${kind} images`),
    )
    flags.push(...made.flags)
    relabelled.set(kind, made.relabelled)
    const onProgress = within(first + share / 2, first + share, `on ${kind} images`)
    onSets.set(kind, await onSet(context, run, { kind, dataset: made.dataset }, onProgress))
  }
  return { seed, where, standard, adversarial, onSets, relabelled, flags }
}

/** Where the set of one kind is kept: `<where>/sets/<kind>` in the run folder. */
export function setDirectory(directory: string, where: string, kind: FeatureKind): string {
  return join(directory, where, 'sets', kind)
}

/** The set of one kind of the first training images, but for those whose making met a gradient that was not finite. */
async function constructed(
  { directory, threads, signal }: Context,
  { task: { sets }, images: { train }, seed, where }: SeedRun,
  { kind, source }: { kind: FeatureKind; source: LayeredNetwork },
  onProgress: (share: number) => void,
): Promise<FiniteImages & { relabelled: number }> {
  const common = {
    seed,
    directory: setDirectory(directory, where, kind),
    onProgress: (done: number, count: number) => onProgress(done / count),
    threads,
    signal,
  }
  const originals = firstImages(train, isTargeted(kind) ? sets.targetedImages : sets.matchedImages)
  const set = await extractFeatures(
    source,
    originals,
    isTargeted(kind)
      ? { kind, steps: sets.targetedSteps, radius: sets.targetedRadius, ...common }
      : { kind, steps: sets.matchedSteps, ...common },
  )
  const finite = finiteImages(set, `${where}/sets/${kind}`)
  const labels = originals.labels()
  const changed = finite.indices.filter((n, row) => labels[n] !== finite.dataset.labels[row])
  return { ...finite, relabelled: changed.length / finite.indices.length }
}

/** Trains a fresh network on a set, as on the originals but for the epochs. */
async function onSet(
  context: Context,
  { task, images: { test }, seed, where }: SeedRun,
  { kind, dataset }: { kind: FeatureKind; dataset: ImageDataset },
  onProgress: (share: number) => void,
): Promise<LayeredNetwork> {
  const { epochs } = task.sets
  const standard = isTargeted(kind) ? epochs.targeted : epochs.matched
  const { network } = await trainedOnImages(
    context,
    {
      task: {
        ...task,
        trainingImages: dataset.count,
        trainingEpochs: { ...task.trainingEpochs, standard },
      },
      images: { train: ImageData.fromImages(dataset), test },
      seed: (seed + FRESH) % Number.MAX_SAFE_INTEGER,
      training: 'standard',
      where: `${where}/on-${kind}`,
    },
    undefined,
    onProgress,
  )
  return network
}
