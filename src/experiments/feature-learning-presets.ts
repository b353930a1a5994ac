import type { Scale } from './experiment.js'
import { cifar10Task, type FollowedImageTask, mnistTask, smokeSizes } from './image-task.js'
import { reducedPresets } from './reduced-presets.js'
import type { StructuredDataPreset } from './structured-data-presets.js'

/** Training, construction and judging on one data set; every value is our choice, none is the paper's. */
export interface FeatureLearningTask extends FollowedImageTask {
  /** Measurements. */
  readonly snapshotsPerEpoch: number
  /** In place of the first of them, when most is learned. */
  readonly earlySnapshots: number
  /** Of images made from the first test images; see `extractFeatures`. */
  readonly construction: {
    readonly images: number
    /** From noise, to the representation of the original. */
    readonly matched: {
      readonly steps: number
      readonly stepSize: number
      readonly start: 'uniform' | 'noise'
    }
    /** From the original toward the next class. */
    readonly targeted: { readonly norm: 'l2'; readonly radius: number; readonly steps: number }
  }
}

export interface FeatureLearningPreset {
  readonly tasks: readonly FeatureLearningTask[]
  /** Structured data, whose X_R and X_NR are known. */
  readonly twin: StructuredDataPreset & { readonly snapshotEvery: number }
}

const mnist: FeatureLearningTask = {
  ...mnistTask,
  trainingImages: 4000,
  overTraining: { images: 60, steps: 10 },
  snapshotsPerEpoch: 4,
  earlySnapshots: 4,
  construction: {
    images: 200,
    matched: { steps: 60, stepSize: 0.5, start: 'uniform' },
    targeted: { norm: 'l2', radius: 3, steps: 20 },
  },
}

const whole = {
  testImages: 10000,
  overTraining: { images: 500, steps: 10 },
} as const

export const featureLearningPresets: Readonly<Record<Scale, FeatureLearningPreset>> = {
  smoke: {
    tasks: [
      {
        ...mnist,
        ...smokeSizes,
        overTraining: { images: 10, steps: 2 },
        snapshotsPerEpoch: 2,
        earlySnapshots: 2,
        construction: {
          images: 20,
          matched: { steps: 5, stepSize: 0.5, start: 'uniform' },
          targeted: { norm: 'l2', radius: 3, steps: 2 },
        },
      },
    ],
    twin: { ...reducedPresets.smoke, snapshotEvery: 5 },
  },
  quick: {
    tasks: [mnist],
    // Accuracies are settled long before the coefficients are.
    twin: {
      ...reducedPresets.quick,
      training: { ...reducedPresets.quick.training, iterations: 100 },
      snapshotEvery: 2,
    },
  },
  full: {
    tasks: [
      {
        ...mnist,
        ...whole,
        trainingImages: 60000,
        trainingEpochs: { standard: 5, adversarial: 10 },
        trainingSteps: 10,
        construction: {
          images: 2000,
          matched: { steps: 200, stepSize: 0.5, start: 'uniform' },
          targeted: { norm: 'l2', radius: 3, steps: 50 },
        },
      },
      {
        ...cifar10Task,
        ...whole,
        trainingImages: 50000,
        batchSize: 128,
        trainingEpochs: { standard: 30, adversarial: 30 },
        trainingSteps: 7,
        snapshotsPerEpoch: 1,
        earlySnapshots: 4,
        construction: {
          images: 2000,
          matched: { steps: 200, stepSize: 0.5, start: 'uniform' },
          targeted: { norm: 'l2', radius: 0.5, steps: 50 },
        },
      },
    ],
    twin: { ...reducedPresets.full, snapshotEvery: 10 },
  },
}
