import type { Scale } from './experiment.js'
import { cifar10Task, type FollowedImageTask, mnistTask, smokeSizes } from './image-task.js'
import type { ExpectedAccuracy } from './training-flags.js'

/** Training and judging on one data set. */
export interface JudgedImageTask extends FollowedImageTask {
  readonly suite: { readonly steps: number; readonly restarts: number }
  /** Steps of the suite's attacks beside ε, for the curve, with one restart. */
  readonly curveSteps: number
  /** What the verdicts ask for. */
  readonly criteria: {
    readonly standard: { readonly cleanAtLeast: number; readonly robustAtMost: number }
    readonly adversarial: ExpectedAccuracy
  }
}

export interface ImageAccuracyPreset {
  readonly tasks: readonly JudgedImageTask[]
}

const mnist: JudgedImageTask = {
  ...mnistTask,
  overTraining: { images: 100, steps: 10 },
  suite: { steps: 50, restarts: 1 },
  curveSteps: 10,
  criteria: {
    standard: { cleanAtLeast: 0.95, robustAtMost: 0.05 },
    adversarial: { clean: 0.9, robust: 0.4 },
  },
}

const fashionMnist: JudgedImageTask = {
  ...mnist,
  dataset: 'fashion-mnist',
  radius: 0.1,
  criteria: {
    standard: { cleanAtLeast: 0.75, robustAtMost: 0.1 },
    adversarial: { clean: 0.6, robust: 0.4 },
  },
}

const cifar10: JudgedImageTask = {
  ...cifar10Task,
  overTraining: { images: 100, steps: 10 },
  suite: { steps: 50, restarts: 1 },
  curveSteps: 10,
  criteria: {
    standard: { cleanAtLeast: 0.4, robustAtMost: 0.05 },
    adversarial: { clean: 0.25, robust: 0.15 },
  },
}

const svhn: JudgedImageTask = {
  ...cifar10,
  dataset: 'svhn',
  officialOnly: false,
  testImages: 300,
  // It takes longer than CIFAR-10 to do better than calling every digit a 1.
  trainingEpochs: { standard: 10, adversarial: 12 },
  mean: [0.4377, 0.4438, 0.4728],
  deviation: [0.198, 0.201, 0.197],
  // A mirrored digit is another shape.
  augmentation: { padding: 4, flip: false },
  criteria: {
    standard: { cleanAtLeast: 0.4, robustAtMost: 0.05 },
    // Two digits in ten are a 1: always saying so is robust.
    adversarial: { clean: 0.4, robust: 0.25 },
  },
}

const wholeGrey = {
  trainingImages: 60000,
  testImages: 10000,
  trainingEpochs: { standard: 5, adversarial: 10 },
  trainingSteps: 10,
  suite: { steps: 50, restarts: 5 },
  curveSteps: 50,
  overTraining: { images: 1000, steps: 10 },
} as const
const wholeColour = {
  batchSize: 128,
  trainingEpochs: { standard: 30, adversarial: 30 },
  trainingSteps: 7,
  suite: { steps: 50, restarts: 5 },
  curveSteps: 50,
  overTraining: { images: 1000, steps: 10 },
} as const

export const imageAccuracyPresets: Readonly<Record<Scale, ImageAccuracyPreset>> = {
  smoke: {
    tasks: [
      {
        ...mnist,
        ...smokeSizes,
        overTraining: { images: 10, steps: 2 },
        suite: { steps: 2, restarts: 1 },
        curveSteps: 2,
      },
    ],
  },
  quick: { tasks: [mnist, cifar10, svhn] },
  full: {
    tasks: [
      {
        ...mnist,
        ...wholeGrey,
        criteria: {
          standard: { cleanAtLeast: 0.99, robustAtMost: 0.05 },
          adversarial: { clean: 0.98, robust: 0.88 },
        },
      },
      {
        ...cifar10,
        ...wholeColour,
        trainingImages: 50000,
        testImages: 10000,
        criteria: {
          standard: { cleanAtLeast: 0.82, robustAtMost: 0.02 },
          adversarial: { clean: 0.62, robust: 0.35 },
        },
      },
      {
        ...svhn,
        ...wholeColour,
        trainingImages: 73257,
        testImages: 26032,
        trainingEpochs: { standard: 15, adversarial: 15 },
        criteria: {
          standard: { cleanAtLeast: 0.9, robustAtMost: 0.05 },
          adversarial: { clean: 0.75, robust: 0.35 },
        },
      },
      {
        ...fashionMnist,
        ...wholeGrey,
        trainingEpochs: { standard: 10, adversarial: 10 },
        criteria: {
          standard: { cleanAtLeast: 0.88, robustAtMost: 0.05 },
          adversarial: { clean: 0.75, robust: 0.6 },
        },
      },
    ],
  },
}
