import type { DataSetName } from '../data/images/sets/registry.js'
import { adam, type Optimizer, sgd } from '../training/optimizer.js'
import type { ReadyNetwork } from './ready-networks.js'

/** The two ways of training that the claims about real images compare. */
export const IMAGE_TRAININGS = ['standard', 'adversarial'] as const
export type ImageTraining = (typeof IMAGE_TRAININGS)[number]

/** Training on one data set; every value is our choice, none is the paper's. */
export interface ImageTask {
  readonly dataset: DataSetName
  /** Whether only the official images will do; else a part of them, such as a user cut out, is taken and flagged. */
  readonly officialOnly: boolean
  /** The first of the official order; fewer where fewer are there. */
  readonly trainingImages: number
  readonly testImages: number
  readonly network: ReadyNetwork
  /** By channel; empty for none. */
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
  readonly augmentation: { readonly padding: number; readonly flip: boolean }
  readonly optimizer: Optimizer
  /** At the start; it falls to 0 along a half cosine. */
  readonly learningRate: number
  readonly batchSize: number
  /** Of `trainingImages` images: fewer are gone through more often, in as many updates. */
  readonly trainingEpochs: Readonly<Record<ImageTraining, number>>
  /** ε of the ℓ∞ ball of an image in [0, 1]. */
  readonly radius: number
  /** K of the PGD that is trained on. */
  readonly trainingSteps: number
}

/** A training that is also judged on its way. */
export interface FollowedImageTask extends ImageTask {
  /** PGD on the first test images. */
  readonly overTraining: { readonly images: number; readonly steps: number }
}

/** A subset that is trained on in seconds. */
export const mnistTask: ImageTask = {
  dataset: 'mnist',
  officialOnly: true,
  trainingImages: 6000,
  testImages: 200,
  network: 'smallCnn',
  mean: [],
  deviation: [],
  augmentation: { padding: 0, flip: false },
  optimizer: adam(),
  learningRate: 0.001,
  batchSize: 50,
  trainingEpochs: { standard: 2, adversarial: 4 },
  radius: 0.3,
  trainingSteps: 3,
}

/** The same of colour images. */
export const cifar10Task: ImageTask = {
  dataset: 'cifar10',
  officialOnly: true,
  trainingImages: 4000,
  testImages: 200,
  network: 'resnet8',
  mean: [0.4914, 0.4822, 0.4465],
  deviation: [0.247, 0.2435, 0.2616],
  augmentation: { padding: 4, flip: true },
  optimizer: sgd({ momentum: 0.9, nesterov: true, weightDecay: 5e-4 }),
  learningRate: 0.1,
  batchSize: 64,
  trainingEpochs: { standard: 4, adversarial: 4 },
  radius: 8 / 255,
  trainingSteps: 3,
}

/** What proves that a task runs. */
export const smokeSizes = {
  trainingImages: 500,
  testImages: 20,
  trainingEpochs: { standard: 1, adversarial: 1 },
  trainingSteps: 1,
} as const

/** Updates of a training and of an epoch of it, both of `trainingImages` images. */
export function trainingUpdates(
  { trainingImages, batchSize, trainingEpochs }: ImageTask,
  training: ImageTraining,
): { readonly epoch: number; readonly all: number } {
  const epoch = Math.ceil(trainingImages / batchSize)
  return { epoch, all: epoch * trainingEpochs[training] }
}
