import { adam, sgd } from '../training/optimizer.js'
import type { Scale } from './experiment.js'
import type { ImageTask } from './image-task.js'
import { reducedPresets } from './reduced-presets.js'
import type { StructuredDataPreset } from './structured-data-presets.js'

/** Training, construction and judging on one data set; every value is our choice, none is the paper's. */
export interface FeatureLearningTask extends ImageTask {
  readonly snapshotsPerEpoch: number
  /** Of the images with one kind of feature alone, made of the first test images; see `extractFeatures`. */
  readonly construction: {
    readonly images: number
    readonly steps: number
    readonly stepSize: number
    readonly start: 'uniform' | 'noise'
  }
}

export interface FeatureLearningPreset {
  readonly tasks: readonly FeatureLearningTask[]
  /** Structured data, whose X_R and X_NR are known. */
  readonly twin: StructuredDataPreset & { readonly snapshotEvery: number }
}

const mnist: FeatureLearningTask = {
  dataset: 'mnist',
  officialOnly: true,
  trainingImages: 500,
  testImages: 20,
  network: 'smallCnn',
  mean: [],
  deviation: [],
  augmentation: { padding: 0, flip: false },
  optimizer: adam(),
  learningRate: 0.001,
  batchSize: 50,
  trainingEpochs: { standard: 1, adversarial: 1 },
  radius: 0.3,
  trainingSteps: 1,
  overTraining: { images: 10, steps: 2 },
  snapshotsPerEpoch: 2,
  construction: { images: 20, steps: 5, stepSize: 0.5, start: 'uniform' },
}

const cifar10: FeatureLearningTask = {
  dataset: 'cifar10',
  officialOnly: true,
  trainingImages: 4000,
  testImages: 300,
  network: 'resnet8',
  mean: [0.4914, 0.4822, 0.4465],
  deviation: [0.247, 0.2435, 0.2616],
  augmentation: { padding: 4, flip: true },
  optimizer: sgd({ momentum: 0.9, nesterov: true, weightDecay: 5e-4 }),
  learningRate: 0.1,
  batchSize: 64,
  trainingEpochs: { standard: 4, adversarial: 4 },
  radius: 8 / 255,
  trainingSteps: 2,
  overTraining: { images: 60, steps: 10 },
  snapshotsPerEpoch: 2,
  construction: { images: 200, steps: 100, stepSize: 0.5, start: 'uniform' },
}

export const featureLearningPresets: Readonly<Record<Scale, FeatureLearningPreset>> = {
  smoke: { tasks: [mnist], twin: { ...reducedPresets.smoke, snapshotEvery: 5 } },
  quick: { tasks: [cifar10], twin: { ...reducedPresets.quick, snapshotEvery: 20 } },
  full: {
    tasks: [
      {
        ...mnist,
        trainingImages: 60000,
        testImages: 10000,
        trainingEpochs: { standard: 5, adversarial: 10 },
        trainingSteps: 10,
        overTraining: { images: 500, steps: 10 },
        construction: { images: 2000, steps: 400, stepSize: 0.5, start: 'uniform' },
      },
      {
        ...cifar10,
        trainingImages: 50000,
        testImages: 10000,
        batchSize: 128,
        trainingEpochs: { standard: 30, adversarial: 30 },
        trainingSteps: 7,
        overTraining: { images: 500, steps: 10 },
        snapshotsPerEpoch: 1,
        construction: { images: 2000, steps: 400, stepSize: 0.5, start: 'uniform' },
      },
    ],
    twin: { ...reducedPresets.full, snapshotEvery: 50 },
  },
}
