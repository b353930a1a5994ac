import { join } from 'node:path'
import { ImageData } from '../data/image-data.js'
import { extractFeatures } from '../features/extract-features.js'
import type { FeatureSet } from '../features/feature-set.js'
import type { LayeredNetwork } from '../model/layered-network.js'
import { unlessDiverged } from './divergence.js'
import type { ExperimentContext, RunFlag } from './experiment.js'
import type { FeatureLearningCurve } from './feature-learning-curves.js'
import type { FeatureLearningPreset, FeatureLearningTask } from './feature-learning-presets.js'
import { accuracyOverTraining, firstImages } from './image-curves.js'
import type { ImageSet } from './image-sets.js'
import { measuredOnce } from './measured-once.js'
import { type ImageRun, trainedOnImages } from './trained-on-images.js'

type Context = ExperimentContext<FeatureLearningPreset>
type Images = NonNullable<ImageSet['images']>

/** Test images with one kind of feature alone; undefined with flags where the networks they come from diverged. */
export interface ConstructedImages {
  readonly sets?: Readonly<Record<'robust' | 'nonRobust', ImageData>>
  readonly flags: readonly RunFlag[]
}

/** Robust images come from a network trained adversarially, non-robust ones from one of standard training. */
const KINDS = [
  { name: 'robust', kind: 'robust', training: 'adversarial' },
  { name: 'nonRobust', kind: 'non-robust', training: 'standard' },
] as const

/**
 * Constructs robust-only and non-robust-only images of the first test images, by reference networks of the seed after
 * the last, so that no network is judged on images made from itself.
 */
export async function constructedImages(
  context: Context,
  { task, images, folder }: { task: FeatureLearningTask; images: Images; folder: string },
  onProgress: (share: number, activity: string) => void,
): Promise<ConstructedImages> {
  const { directory, threads, signal, note } = context
  const seed = Math.max(...context.seeds) + 1
  const { images: count, ...construction } = task.construction
  const originals = firstImages(images.test, count)
  const made: Partial<Record<'robust' | 'nonRobust', ImageData>> = {}
  for (const [position, { name, kind, training }] of KINDS.entries()) {
    const where = `${folder}/reference/${training}`
    const report = (share: number, activity: string) =>
      onProgress((position + share) / KINDS.length, activity)
    const attempt = await unlessDiverged(where, async () => {
      const run = { task, images, seed, training, where }
      const { network } = await trainedOnImages(context, run, undefined, (share) =>
        report(0.7 * share, `reference network, ${training}`),
      )
      return extractFeatures(network, originals, {
        kind,
        ...construction,
        seed,
        directory: join(directory, folder, 'reference', `${kind}-images`),
        threads,
        signal,
        onProgress: (done, all) => report(0.7 + (0.3 * done) / all, `${kind} images`),
      })
    })
    if (attempt.result === undefined) return { flags: attempt.flags }
    noteNotFinite(attempt.result, where, note)
    made[name] = ImageData.fromImages(attempt.result.dataset)
  }
  return { sets: made as Record<'robust' | 'nonRobust', ImageData>, flags: [] }
}

function noteNotFinite({ notFinite }: FeatureSet, where: string, note: (message: string) => void): void {
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
  const accuracyOn = async (network: LayeredNetwork, data: ImageData) =>
    (await network.evaluate(data, { threads, signal })).accuracy
  const { value } = await measuredOnce(context, `${where}/feature-learning`, async () => {
    const points = await accuracyOverTraining(context, run, snapshots)
    const curve = []
    for (const [position, { epoch, clean, attacked }] of points.entries()) {
      const network = snapshots[position]?.network as LayeredNetwork
      const robust = await accuracyOn(network, sets.robust)
      curve.push({ at: epoch, clean, attacked, robust, nonRobust: await accuracyOn(network, sets.nonRobust) })
    }
    return curve
  })
  onProgress(1)
  return value
}
