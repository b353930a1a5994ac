import { evaluateRobustness, type Robustness } from '../analysis/evaluate-robustness.js'
import { createRecord, type ExperimentRecord } from '../analysis/record.js'
import { silentFilters } from '../analysis/silent-filters.js'
import { attackSuite } from '../attacks/attack-suite.js'
import { pgd } from '../attacks/gradient-ascent.js'
import { subset } from '../data/images/image-dataset.js'
import { loadImages } from '../data/images/load-images.js'
import { PatchData } from '../data/patch-data.js'
import type { Activation } from '../model/activation.js'
import { PatchNetwork } from '../model/patch-network.js'
import { adversarial, type Objective, standard } from '../training/objective.js'
import { cosineDecay } from '../training/schedule.js'
import { atLeast, atMost } from './conditions.js'
import { type Attempt, noneDiverged, overResults, resultsOf, unlessDiverged } from './divergence.js'
import type { Experiment, ExperimentContext, RunFlag } from './experiment.js'
import { trainedNetwork } from './trained-network.js'
import { trainingFlags } from './training-flags.js'

/** A patch network on MNIST; every value is our choice, none is the paper's. */
export interface ImageAccuracyPreset {
  readonly dataset: 'mnist'
  readonly trainingImages: number
  readonly testImages: number
  readonly window: number
  readonly stride: number
  readonly filtersPerClass: number
  readonly activation: Activation
  readonly initialScale: number
  readonly learningRate: number
  readonly momentum: number
  readonly batchSize: number
  readonly epochs: number
  /** ε of the ℓ∞ ball of an image in [0, 1]. */
  readonly radius: number
  readonly trainingSteps: number
  readonly suite: { readonly steps: number; readonly restarts: number }
}

const quick: ImageAccuracyPreset = {
  dataset: 'mnist',
  trainingImages: 30000,
  testImages: 2000,
  window: 28,
  stride: 28,
  filtersPerClass: 20,
  activation: { kind: 'relu' },
  initialScale: 0.01,
  learningRate: 0.02,
  momentum: 0.9,
  batchSize: 100,
  epochs: 10,
  radius: 0.1,
  trainingSteps: 5,
  suite: { steps: 20, restarts: 2 },
}

/** The paper's check on real images, as far as a two-layer patch network on MNIST goes. */
export const imageAccuracy: Experiment<ImageAccuracyPreset> = {
  id: 'image-accuracy',
  title: 'Clean and robust accuracy on MNIST',
  claim: 'Standard training gives good clean and poor robust accuracy, adversarial training gives both',
  source: 'arXiv 2410.08503, experiments on real images',
  presets: {
    quick,
    full: {
      ...quick,
      trainingImages: 60000,
      testImages: 10000,
      epochs: 20,
      suite: { steps: 50, restarts: 5 },
    },
    smoke: {
      ...quick,
      trainingImages: 2000,
      testImages: 200,
      epochs: 2,
      trainingSteps: 2,
      suite: { steps: 5, restarts: 1 },
    },
  },
  defaultSeeds: { smoke: 2, quick: 3, full: 10 },

  async run(context) {
    const { preset, seeds } = context
    const { window, stride } = preset
    const [train, test] = await Promise.all([
      loadImages('mnist', { split: 'train' }),
      loadImages('mnist', { split: 'test' }),
    ])
    const patches = (images: typeof train, count: number) =>
      PatchData.fromImages(subset(images, { count }), { window, stride })
    const data = { train: patches(train, preset.trainingImages), test: patches(test, preset.testImages) }
    const attempts: Record<Training, Attempt<ImageResult>[]> = { standard: [], adversarial: [] }
    const runs = seeds.flatMap((seed) => trainings.map((training) => ({ seed, training })))
    for (const [position, { seed, training }] of runs.entries()) {
      const attempt = await unlessDiverged(`seed-${seed}/${training}`, () =>
        imageRun(context, data, seed, training, (share) =>
          context.report((position + share) / runs.length, `seed ${seed}, ${training}`),
        ),
      )
      attempts[training].push(attempt)
    }
    return {
      records: trainings.map((training) => record(context, training, resultsOf(attempts[training]))),
      flags: trainings
        .flatMap((training) => [...attempts[training], ...resultsOf(attempts[training])])
        .flatMap(({ flags }) => flags),
      figures: [],
    }
  },
}

const trainings = ['standard', 'adversarial'] as const
type Training = (typeof trainings)[number]

interface ImageResult {
  readonly robustness: Robustness
  readonly flags: readonly RunFlag[]
}

async function imageRun(
  context: ExperimentContext<ImageAccuracyPreset>,
  data: { train: PatchData; test: PatchData },
  seed: number,
  training: Training,
  onProgress: (share: number) => void,
): Promise<ImageResult> {
  const { preset, threads, signal } = context
  const threat = {
    norm: 'linf',
    radius: preset.radius,
    budget: 'input',
    bounds: [0, 1] as [number, number],
  } as const
  const objective: Objective =
    training === 'standard'
      ? standard()
      : adversarial(pgd({ ...threat, steps: preset.trainingSteps, randomStart: true }))
  const perEpoch = Math.ceil(data.train.samples / preset.batchSize)
  const where = `seed-${seed}/${training}`
  const { classes, dimension } = data.train
  const { filtersPerClass, activation, initialScale } = preset
  const { network } = await trainedNetwork(
    context,
    {
      name: where,
      network: PatchNetwork.initialize({
        classes,
        dimension,
        filtersPerClass,
        activation,
        initialScale,
        seed,
      }),
      data: data.train,
      objective,
      options: {
        learningRate: cosineDecay({ initial: preset.learningRate }),
        momentum: preset.momentum,
        batchSize: preset.batchSize,
        iterations: perEpoch * preset.epochs,
        seed,
      },
      recordEvery: perEpoch,
    },
    (share) => onProgress(0.9 * share),
  )
  const attacks = attackSuite(undefined, { ...threat, ...preset.suite })
  const robustness = await evaluateRobustness(network, data.test, { attacks, seed, threads, signal })
  onProgress(1)
  return {
    robustness,
    flags: [
      ...robustness.flags.map(({ name, message }) => ({ where, name, message })),
      ...trainingFlags({
        where,
        objective: objective.kind,
        silentFilters: await silentFilters(network, data.train, { threads, signal }),
        robustness,
      }),
    ],
  }
}

function record(
  { preset, seeds }: ExperimentContext<ImageAccuracyPreset>,
  training: Training,
  results: readonly ImageResult[],
): ExperimentRecord {
  const clean = overResults(results, ({ robustness }) => robustness.cleanAccuracy)
  const robust = overResults(results, ({ robustness }) => robustness.robustAccuracy)
  const conditions =
    training === 'standard'
      ? ([atLeast(clean, 0.95, 'clean accuracy'), atMost(robust, 0.2, 'robust accuracy')] as const)
      : ([atLeast(robust, 0.5, 'robust accuracy'), atLeast(clean, 0.9, 'clean accuracy')] as const)
  return createRecord(
    {
      id: `image-accuracy/${preset.dataset}/${training}`,
      experiment: imageAccuracy.id,
      dataset: preset.dataset,
      claim:
        training === 'standard'
          ? 'Standard training gives good clean and poor robust accuracy'
          : 'Adversarial training gives good clean and good robust accuracy',
      source: imageAccuracy.source,
      reported: null,
      config: { ...preset },
      seeds,
    },
    [...conditions, ...noneDiverged(seeds.length, results.length)],
  )
}
