import { FEATURE_KINDS, type FeatureKind } from '../features/feature-options.js'
import type { Norm } from '../native/contract.js'
import type { Scale } from './experiment.js'
import { cifar10Task, type ImageTask, mnistTask } from './image-task.js'
import { reducedPresets } from './reduced-presets.js'
import type { StructuredDataPreset } from './structured-data-presets.js'
import type { TransferTarget } from './transferability-matrix.js'

/** What the verdicts on transfer ask for at ε; our choice. */
export interface TransferCriteria {
  /** Least clean accuracy of the targets: of a few samples that are right by chance a share says little. */
  readonly clean: Readonly<Record<TransferTarget, number>>
  /** Least success on standard networks of what they should fall for. */
  readonly fooled: number
  /** Least difference of the success of two sources on standard networks. */
  readonly difference: number
  /** Largest success on adversarially trained networks. */
  readonly withstood: number
}

/** Of one kind of data. */
export interface TransferSettings {
  /** At which examples are made, as shares of ε; 1 among them. */
  readonly radiusShares: readonly number[]
  readonly criteria: TransferCriteria
}

/** Sets made from the features of the networks of a task, and the networks trained on them. */
export interface ConstructedSetSettings {
  /** Robust and non-robust ones, and others. */
  readonly kinds: readonly FeatureKind[]
  /** The first of the training images that robust and non-robust images are made of. */
  readonly matchedImages: number
  /** Steps of their making, from random starts. */
  readonly matchedSteps: number
  /** The first of the training images that are moved to another class. */
  readonly targetedImages: number
  readonly targetedSteps: number
  /** ℓ2 distance that they are moved by at most. */
  readonly targetedRadius: number
  /** Of the trainings on matched and on targeted images. */
  readonly epochs: { readonly matched: number; readonly targeted: number }
  /** The ball in which networks of the sets are attacked. */
  readonly ball: { readonly norm: Norm; readonly radius: number }
  /** Of these attacks. */
  readonly suite: { readonly steps: number; readonly restarts: number }
  /** What the verdicts ask for. */
  readonly criteria: {
    /** Least clean accuracy of networks of both matched sets. */
    readonly clean: number
    /** Least robust accuracy of the robust set's less that of the non-robust set's. */
    readonly difference: number
    /** Least clean accuracy of networks of the targeted sets. */
    readonly targeted: number
  }
}

export interface TransferTask extends ImageTask, TransferSettings {
  /** Of PGD on sources. */
  readonly steps: number
  readonly sets: ConstructedSetSettings
}

export interface TransferabilityPreset {
  readonly structured: StructuredDataPreset & TransferSettings
  readonly images: readonly TransferTask[]
}

const structured: TransferSettings = {
  radiusShares: [0.25, 0.5, 0.75, 1, 1.1, 1.25, 1.5, 2],
  criteria: {
    clean: { standard: 0.99, adversarial: 0.99 },
    fooled: 0.5,
    difference: 0.25,
    withstood: 0.05,
  },
}

const mnist: TransferTask = {
  ...mnistTask,
  trainingImages: 4000,
  testImages: 200,
  trainingEpochs: { standard: 2, adversarial: 3 },
  radiusShares: [0.5, 1],
  steps: 10,
  criteria: {
    clean: { standard: 0.9, adversarial: 0.8 },
    fooled: 0.5,
    difference: 0.1,
    withstood: 0.5,
  },
  sets: {
    kinds: ['robust', 'non-robust', 'targeted-random'],
    matchedImages: 1000,
    matchedSteps: 30,
    targetedImages: 1000,
    targetedSteps: 10,
    targetedRadius: 3,
    epochs: { matched: 8, targeted: 5 },
    ball: { norm: 'linf', radius: 0.1 },
    suite: { steps: 50, restarts: 1 },
    criteria: { clean: 0.5, difference: 0.05, targeted: 0.3 },
  },
}

const wholeMnist: TransferTask = {
  ...mnist,
  trainingImages: 20000,
  testImages: 1000,
  trainingEpochs: { standard: 5, adversarial: 10 },
  trainingSteps: 10,
  radiusShares: [0.25, 0.5, 1],
  steps: 50,
  criteria: { ...mnist.criteria, clean: { standard: 0.97, adversarial: 0.95 } },
  sets: {
    ...mnist.sets,
    kinds: FEATURE_KINDS,
    matchedImages: 5000,
    matchedSteps: 100,
    targetedImages: 10000,
    targetedSteps: 20,
    epochs: { matched: 20, targeted: 10 },
    suite: { steps: 50, restarts: 5 },
    criteria: { clean: 0.9, difference: 0.1, targeted: 0.3 },
  },
}

const wholeCifar10: TransferTask = {
  ...cifar10Task,
  trainingImages: 20000,
  testImages: 1000,
  trainingEpochs: { standard: 20, adversarial: 20 },
  trainingSteps: 7,
  radiusShares: [0.25, 0.5, 1],
  steps: 50,
  criteria: {
    clean: { standard: 0.65, adversarial: 0.45 },
    fooled: 0.5,
    difference: 0.1,
    withstood: 0.5,
  },
  sets: {
    kinds: FEATURE_KINDS,
    matchedImages: 10000,
    matchedSteps: 100,
    targetedImages: 20000,
    targetedSteps: 20,
    targetedRadius: 0.5,
    epochs: { matched: 40, targeted: 20 },
    ball: { norm: 'l2', radius: 0.25 },
    suite: { steps: 50, restarts: 5 },
    criteria: { clean: 0.3, difference: 0.05, targeted: 0.2 },
  },
}

export const transferabilityPresets: Readonly<Record<Scale, TransferabilityPreset>> = {
  smoke: {
    structured: { ...reducedPresets.smoke, ...structured, radiusShares: [0.5, 1] },
    images: [
      {
        ...mnist,
        trainingImages: 200,
        testImages: 20,
        trainingEpochs: { standard: 1, adversarial: 1 },
        trainingSteps: 1,
        radiusShares: [1],
        steps: 2,
        sets: {
          ...mnist.sets,
          matchedImages: 50,
          matchedSteps: 5,
          targetedImages: 50,
          targetedSteps: 2,
          epochs: { matched: 1, targeted: 1 },
          suite: { steps: 2, restarts: 1 },
        },
      },
    ],
  },
  quick: { structured: { ...reducedPresets.quick, ...structured }, images: [mnist] },
  full: { structured: { ...reducedPresets.full, ...structured }, images: [wholeMnist, wholeCifar10] },
}
