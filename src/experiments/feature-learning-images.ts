import type { ImageData } from '../data/image-data.js'
import type { LayeredNetwork } from '../model/layered-network.js'
import type { Snapshot } from '../training/snapshots.js'
import { resultsOf, unlessDiverged } from './divergence.js'
import type { ExperimentContext, RunFlag } from './experiment.js'
import {
  accuracyOnConstructed,
  type ConstructedInputs,
  type CurvePair,
  type FeatureLearningCurve,
} from './feature-learning-curves.js'
import type { FeatureLearningTask } from './feature-learning-presets.js'
import { constructedImages, type ReferenceNetworks, type ReferenceTask } from './feature-learning-sets.js'
import { accuracyOverTraining } from './image-curves.js'
import type { ImageGrid } from './image-grid.js'
import { IMAGE_TRAININGS, type ImageTraining } from './image-task.js'
import { measuredOnce } from './measured-once.js'
import { nextOf, withSource } from './source-seeds.js'
import { trainedOnImages } from './trained-on-images.js'

type Context = ExperimentContext<object>

/** What one data set gave. */
export interface ImageLearning {
  /** Of the seeds of which nothing diverged. */
  readonly pairs: readonly CurvePair[]
  /** Of the images that the first of them was judged on. */
  readonly grids: readonly ImageGrid[]
  readonly flags: readonly RunFlag[]
}

/** Of the time: trainings, and what is made from their networks; measuring takes the rest. */
const SHARE_OF_TRAINING = 0.55
const SHARE_OF_IMAGES = 0.2

/**
 * Trains both ways with every seed, and measures the networks all along on images that were made by the networks of the
 * next seed, so that none is judged on images made from itself.
 */
export async function imageLearningCurves(context: Context, what: ReferenceTask): Promise<ImageLearning> {
  const { seeds, report } = context
  const { folder } = what
  const all = withSource(seeds)
  const attempts = []
  for (const [position, seed] of all.entries()) {
    const attempt = await unlessDiverged(`${folder}/seed-${seed}`, () =>
      networksOf(context, what, seed, (share, training) =>
        report((SHARE_OF_TRAINING * (position + share)) / all.length, `seed ${seed}, ${training}`),
      ),
    )
    attempts.push(attempt)
  }
  const trained = resultsOf(attempts)
  const flags: RunFlag[] = attempts.flatMap((attempt) => attempt.flags)
  const pairs: CurvePair[] = []
  const grids: ImageGrid[] = []
  for (const [position, { seed }] of trained.entries()) {
    const source = nextOf(trained, position)
    if (!seeds.includes(seed) || source === undefined) continue
    const rest = 1 - SHARE_OF_TRAINING
    const at = (share: number) => SHARE_OF_TRAINING + (rest * (position + share)) / trained.length
    const made = await unlessDiverged(`${folder}/seed-${source.seed}`, () =>
      constructedImages(context, what, source, (share, kind) =>
        report(at((SHARE_OF_IMAGES / rest) * share), `seed ${source.seed}, ${kind} images`),
      ),
    )
    flags.push(...made.flags, ...(made.result?.flags ?? []))
    if (made.result === undefined) continue
    const { sets, grid } = made.result
    if (grids.length === 0) grids.push(grid)
    const curve = (training: ImageTraining, begun: number) => {
      report(at(begun), `seed ${seed}, ${training}, measuring`)
      return learningCurve(context, what, { seed, training, sets })
    }
    pairs.push({
      standard: await curve('standard', SHARE_OF_IMAGES / rest),
      adversarial: await curve('adversarial', 0.6),
    })
  }
  return { pairs, grids, flags }
}

async function networksOf(
  context: Context,
  what: ReferenceTask,
  seed: number,
  onProgress: (share: number, training: ImageTraining) => void,
): Promise<ReferenceNetworks> {
  const network = async (training: ImageTraining) => {
    const begun = IMAGE_TRAININGS.indexOf(training)
    const { network } = await trained(context, what, { seed, training }, (share) =>
      onProgress((begun + share) / IMAGE_TRAININGS.length, training),
    )
    return network
  }
  return { seed, standard: await network('standard'), adversarial: await network('adversarial') }
}

/** With snapshots, but of a seed that only makes images. */
function trained(
  context: Context,
  { task, images, folder }: ReferenceTask,
  { seed, training }: { seed: number; training: ImageTraining },
  onProgress: (share: number) => void,
) {
  return trainedOnImages(
    context,
    { task, images, seed, training, where: `${folder}/seed-${seed}/${training}` },
    context.seeds.includes(seed) ? task.snapshotsPerEpoch * task.earlySnapshots : undefined,
    onProgress,
  )
}

/** What a network is worth all along its training, which is read. */
async function learningCurve(
  context: Context,
  what: ReferenceTask,
  run: { seed: number; training: ImageTraining; sets: ConstructedInputs<ImageData> },
): Promise<FeatureLearningCurve> {
  const { task, images, folder } = what
  const { seed, training, sets } = run
  const where = `${folder}/seed-${seed}/${training}`
  const { value } = await measuredOnce(context, `${where}/feature-learning`, async () => {
    const { threads, signal } = context
    const snapshots = denseAtFirst((await trained(context, what, run, () => {})).snapshots, task)
    const points = await accuracyOverTraining(context, { task, images, seed, training, where }, snapshots)
    const curve = []
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
  return value
}

/** All snapshots of the first interval between measurements, later every `earlySnapshots`-th, and the last. */
function denseAtFirst(
  snapshots: readonly Snapshot<LayeredNetwork>[],
  { earlySnapshots }: Pick<FeatureLearningTask, 'earlySnapshots'>,
): Snapshot<LayeredNetwork>[] {
  return snapshots.filter(
    (_, position) =>
      position < earlySnapshots || position % earlySnapshots === 0 || position === snapshots.length - 1,
  )
}
