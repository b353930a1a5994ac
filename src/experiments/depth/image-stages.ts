import { evaluateRobustness } from '../../analysis/evaluate-robustness.js'
import { type FeatureExtent, featureExtent } from '../../analysis/feature-extent.js'
import { pgd } from '../../attacks/gradient-ascent.js'
import { imageAttack } from '../../attacks/image-attack.js'
import { ImageData } from '../../data/image-data.js'
import type { ImageDataset } from '../../data/images/image-dataset.js'
import { extractFeatures, toImageDataset } from '../../features/extract-features.js'
import { randomStarts } from '../../features/random-starts.js'
import type { LayeredNetwork } from '../../model/layered-network.js'
import type { ExperimentContext, RunFlag } from '../experiment.js'
import { finiteImages } from '../finite-images.js'
import { firstImages } from '../image-curves.js'
import type { ImageTask, ImageTraining } from '../image-task.js'
import { measuredOnce } from '../measured-once.js'
import { trainedOnImages } from '../trained-on-images.js'
import type { Stage } from './network-stages.js'
import { probedStages, type StageAccuracy } from './stage-probes.js'

/** Training on one data set, and what is asked of the networks. */
export interface StageTask extends ImageTask {
  readonly probe: {
    /** The first of the training images, to fit on. */
    readonly images: number
    /** ρ, see `fitLinearProbe`. */
    readonly ridge: number
    /** K of the PGD that perturbs the test images. */
    readonly attackSteps: number
  }
  /** Robust-only and non-robust-only versions of the first test images. */
  readonly features: {
    readonly images: number
    readonly steps: number
    readonly stepSize: number
    readonly start: 'uniform' | 'noise'
  }
}

/** With the stages of its network. */
export interface StagedTask extends StageTask {
  readonly stages: readonly Stage[]
}

export interface StageImages {
  readonly train: ImageData
  readonly test: ImageData
}

type Context = Pick<ExperimentContext<object>, 'directory' | 'threads' | 'signal' | 'note'>

/** The networks of one seed, and the images that have their features alone. */
export interface StageSubject {
  readonly seed: number
  readonly networks: Readonly<Record<ImageTraining, LayeredNetwork>>
  /** x_R, of the adversarially trained network, and x_NR, of the other. */
  readonly constructed: Readonly<Record<'robust' | 'nonRobust', ImageData>>
  /** The same with those that did not come to their end, in the order of the originals. */
  readonly shown: Readonly<Record<'robust' | 'nonRobust', ImageDataset>>
  readonly flags: readonly RunFlag[]
  /** Undefined where it cannot be told, see `featureExtent`. */
  readonly extent: Readonly<Record<'robust' | 'nonRobust', FeatureExtent | undefined>>
}

/** Trains both networks of a seed and constructs their images; what an earlier session has done is read. */
export async function stageSubject(
  context: Context,
  task: StageTask,
  images: StageImages,
  { seed, folder }: { readonly seed: number; readonly folder: string },
  onProgress: (share: number, activity: string) => void,
): Promise<StageSubject> {
  const train = async (training: ImageTraining, begun: number, share: number) =>
    (
      await trainedOnImages(
        context,
        { task, images, seed, training, where: `${folder}/seed-${seed}/${training}` },
        undefined,
        (done) => onProgress(begun + share * done, training),
      )
    ).network
  const networks = {
    standard: await train('standard', 0, 0.2),
    adversarial: await train('adversarial', 0.2, 0.5),
  }
  const construct = (kind: 'robust' | 'non-robust', network: LayeredNetwork, begun: number) =>
    constructed(context, task, images.test, { kind, network, seed, folder }, (done) =>
      onProgress(begun + 0.15 * done, `${kind} images`),
    )
  const robust = await construct('robust', networks.adversarial, 0.7)
  const nonRobust = await construct('non-robust', networks.standard, 0.85)
  return {
    seed,
    networks,
    constructed: { robust: robust.data, nonRobust: nonRobust.data },
    shown: { robust: robust.all, nonRobust: nonRobust.all },
    extent: { robust: robust.extent, nonRobust: nonRobust.extent },
    flags: [...robust.flags, ...nonRobust.flags],
  }
}

interface Constructed {
  readonly all: ImageDataset
  /** Those that came to their end. */
  readonly data: ImageData
  readonly extent: FeatureExtent | undefined
  readonly flags: readonly RunFlag[]
}

interface Construction {
  readonly kind: 'robust' | 'non-robust'
  readonly network: LayeredNetwork
  readonly seed: number
  readonly folder: string
}

/** The images of one kind. Both kinds start from the same random images, by their seed. */
async function constructed(
  { directory, threads, signal }: Context,
  { features }: StageTask,
  test: ImageData,
  { kind, network, seed, folder }: Construction,
  onProgress: (share: number) => void,
): Promise<Constructed> {
  const { images, steps, stepSize, start } = features
  const originals = firstImages(test, images)
  const where = `${folder}/seed-${seed}/${kind}`
  const set = await extractFeatures(network, originals, {
    kind,
    steps,
    stepSize,
    start,
    seed,
    directory: `${directory}/${where}`,
    threads,
    signal,
    onProgress: (done, count) => onProgress(done / count),
  })
  const { dataset, indices, flags } = finiteImages(set, where)
  const data = ImageData.fromImages(dataset)
  const begun = randomStarts(toImageDataset(originals), { start, seed })(0, originals.samples)
  const size = data.inputSize
  const changes = data.inputs().map((value, e) => {
    const original = indices[Math.floor(e / size)] ?? 0
    return value - (begun[original * size + (e % size)] ?? 0)
  })
  return { all: set.dataset, data, extent: featureExtent(changes, data.labels()), flags }
}

/**
 * Probes both networks of a subject, in the order of the task's stages.
 *
 * @param others whose x_R and x_NR they are judged on
 */
export async function stageAccuracies(
  context: Context,
  task: StagedTask,
  images: StageImages,
  { subject, others, folder }: { subject: StageSubject; others: StageSubject; folder: string },
): Promise<Record<ImageTraining, StageAccuracy[]>> {
  const { threads, signal } = context
  const execution = { threads, signal }
  const { radius, probe, stages } = task
  const { seed } = subject
  const attack = imageAttack(pgd({ norm: 'linf', radius, steps: probe.attackSteps, randomStart: true }))
  const accuracies = async (training: ImageTraining) => {
    const network = subject.networks[training]
    const { value } = await measuredOnce(context, `${folder}/seed-${seed}/${training}/probes`, async () => {
      const { perturbations } = await evaluateRobustness(network, images.test, {
        attacks: [attack],
        seed,
        keepPerturbations: true,
        ...execution,
      })
      const judged = {
        clean: { data: images.test },
        attacked: { data: images.test, perturbation: perturbations as Float32Array },
        robust: { data: others.constructed.robust },
        nonRobust: { data: others.constructed.nonRobust },
      }
      return probedStages(
        network,
        stages,
        { fit: firstImages(images.train, probe.images), judged },
        { ridge: probe.ridge, ...execution },
      )
    })
    return value
  }
  return { standard: await accuracies('standard'), adversarial: await accuracies('adversarial') }
}
