import { join } from 'node:path'
import { ImageData } from '../data/image-data.js'
import { extractFeatures } from '../features/extract-features.js'
import type { FeatureSet } from '../features/feature-set.js'
import type { LayeredNetwork } from '../model/layered-network.js'
import { unlessDiverged } from './divergence.js'
import type { ExperimentContext, RunFlag } from './experiment.js'
import {
  accuracyOnConstructed,
  type ConstructedInputs,
  type FeatureLearningCurve,
  type FeatureLearningPoint,
} from './feature-learning-curves.js'
import type { FeatureLearningPreset, FeatureLearningTask } from './feature-learning-presets.js'
import { constructedImageGrid } from './figures/constructed-image-grid.js'
import { accuracyOverTraining, firstImages } from './image-curves.js'
import type { ImageGrid } from './image-grid.js'
import type { ImageSet } from './image-sets.js'
import { IMAGE_TRAININGS, type ImageTraining } from './image-task.js'
import { measuredOnce } from './measured-once.js'
import { type ImageRun, trainedOnImages } from './trained-on-images.js'

type Context = ExperimentContext<FeatureLearningPreset>
type Images = NonNullable<ImageSet['images']>

/** Test images made from reference networks; undefined with flags where one of these diverged. */
export interface ConstructedImages {
  readonly sets?: ConstructedInputs<ImageData>
  readonly grid?: ImageGrid
  readonly flags: readonly RunFlag[]
}

/** How each set is made, and by which reference network. */
const KINDS = {
  robust: { kind: 'robust', training: 'adversarial' },
  nonRobust: { kind: 'non-robust', training: 'standard' },
  conflicting: { kind: 'targeted-next', training: 'standard' },
} as const

/**
 * Constructs the sets from the first test images, by reference networks of the seed after the last, so that no network is
 * judged on images made from itself.
 */
export async function constructedImages(
  context: Context,
  { task, images, folder }: { task: FeatureLearningTask; images: Images; folder: string },
  onProgress: (share: number, activity: string) => void,
): Promise<ConstructedImages> {
  const seed = Math.max(...context.seeds) + 1
  const references: Partial<Record<ImageTraining, LayeredNetwork>> = {}
  for (const [position, training] of IMAGE_TRAININGS.entries()) {
    const where = `${folder}/reference/${training}`
    const { result, flags } = await unlessDiverged(where, () =>
      trainedOnImages(context, { task, images, seed, training, where }, undefined, (share) =>
        onProgress((0.7 * (position + share)) / IMAGE_TRAININGS.length, `reference network, ${training}`),
      ),
    )
    if (result === undefined) return { flags }
    references[training] = result.network
  }
  const { directory, threads, signal, note } = context
  const originals = firstImages(images.test, task.construction.images)
  const { matched, targeted } = task.construction
  const sets: Partial<Record<keyof typeof KINDS, ImageData>> = {}
  for (const [position, [name, { kind, training }]] of Object.entries(KINDS).entries()) {
    const made = await extractFeatures(references[training] as LayeredNetwork, originals, {
      ...(kind === 'targeted-next' ? { kind, ...targeted } : { kind, ...matched }),
      seed,
      directory: join(directory, folder, 'reference', `${kind}-images`),
      threads,
      signal,
      onProgress: (done, all) => onProgress(0.7 + 0.1 * (position + done / all), `${kind} images`),
    })
    noteNotFinite(made, `${folder}, ${kind} images`, note)
    sets[name as keyof typeof KINDS] = ImageData.fromImages(made.dataset)
  }
  const finished = sets as ConstructedInputs<ImageData>
  const grid = constructedImageGrid({
    dataset: task.dataset,
    split: 'test',
    seed,
    originals,
    sets: Object.entries(KINDS).map(([name, { kind }]) => [kind, finished[name as keyof typeof KINDS]]),
  })
  return { sets: finished, grid, flags: [] }
}

/** Says of how many images the making ended early. */
export function noteNotFinite(
  { notFinite }: FeatureSet,
  where: string,
  note: (message: string) => void,
): void {
  const count = notFinite.reduce((sum, flag) => sum + flag, 0)
  if (count > 0) note(`${where}: a gradient was not finite on ${count} images, which were stopped there.`)
}

/** Trains a network and measures it all along. */
export async function imageLearningCurve(
  context: Context,
  run: ImageRun<FeatureLearningTask>,
  sets: NonNullable<ConstructedImages['sets']>,
  onProgress: (share: number) => void,
): Promise<FeatureLearningCurve> {
  const { threads, signal } = context
  const { task, where } = run
  const { snapshots } = await trainedOnImages(context, run, task.snapshotsPerEpoch, (share) =>
    onProgress(0.8 * share),
  )
  const { value } = await measuredOnce(context, `${where}/feature-learning`, async () => {
    const points = await accuracyOverTraining(context, run, snapshots)
    const curve: FeatureLearningPoint[] = []
    for (const [position, { network }] of snapshots.entries()) {
      const { epoch: at = 0, clean = 0, attacked = 0 } = points[position] ?? {}
      curve.push({
        at,
        clean,
        attacked,
        ...(await accuracyOnConstructed(network, sets, { threads, signal })),
      })
    }
    return curve
  })
  onProgress(1)
  return value
}
