import type { StageTask } from './depth/image-stages.js'
import type { PatchDepthPreset } from './depth/patch-depth.js'
import type { Scale } from './experiment.js'
import { cifar10Task, mnistTask } from './image-task.js'

/** All parts of `depth`; every value is our choice, none is the paper's. */
export interface DepthPreset {
  readonly patches: PatchDepthPreset
  /** Data sets of real images. */
  readonly tasks: readonly StageTask[]
}

/**
 * Density ratio c ≈ 3, and ε just above β/2, where moving v_y down and v_j up changes their places. Few dimensions, for an
 * ℓ∞ ball lets an attacker move all of them.
 */
const patches: PatchDepthPreset = {
  distribution: {
    classes: 2,
    dimension: 8,
    robustPatches: 1,
    nonRobustPatches: 190,
    robustStrength: { low: 3.2, high: 4.8 },
    nonRobustStrength: { low: 0.8, high: 1.2 },
    noise: 0.01,
  },
  network: {
    activation: { kind: 'smoothedRelu', power: 3, threshold: 4 },
    initialScale: 0.1,
    filtersPerClass: 16,
    hiddenFilters: 64,
  },
  training: { samples: 24, iterations: 600, learningRate: { 'one-layer': 0.3, 'two-layers': 0.1 } },
  recordEvery: 40,
  testSamples: 40,
  radius: 0.54,
  trainingSteps: 10,
  suite: { steps: 20, restarts: 1 },
}

const mnist: StageTask = {
  ...mnistTask,
  trainingImages: 2000,
  testImages: 200,
  trainingEpochs: { standard: 3, adversarial: 5 },
  trainingSteps: 2,
  probe: { images: 600, ridge: 0.1, attackSteps: 10 },
  features: { images: 120, steps: 40, stepSize: 0.5, start: 'uniform' },
}

const cifar10: StageTask = {
  ...mnist,
  ...cifar10Task,
  trainingImages: 2000,
  testImages: 200,
  trainingEpochs: { standard: 4, adversarial: 5 },
  trainingSteps: 2,
}

const whole = {
  testImages: 2000,
  probe: { images: 5000, ridge: 0.1, attackSteps: 50 },
  features: { images: 2000, steps: 400, stepSize: 0.5, start: 'uniform' },
} as const

export const depthPresets: Readonly<Record<Scale, DepthPreset>> = {
  smoke: {
    patches: {
      ...patches,
      distribution: { ...patches.distribution, nonRobustPatches: 20 },
      training: { ...patches.training, samples: 8, iterations: 20 },
      recordEvery: 5,
      testSamples: 12,
      trainingSteps: 2,
      suite: { steps: 3, restarts: 1 },
    },
    tasks: [
      {
        ...mnist,
        trainingImages: 500,
        testImages: 100,
        trainingEpochs: { standard: 1, adversarial: 1 },
        trainingSteps: 1,
        probe: { images: 100, ridge: 0.1, attackSteps: 2 },
        features: { ...mnist.features, images: 100, steps: 5 },
      },
    ],
  },
  quick: { patches, tasks: [mnist, cifar10] },
  full: {
    patches: {
      ...patches,
      training: { ...patches.training, samples: 40, iterations: 1500 },
      testSamples: 200,
      suite: { steps: 50, restarts: 5 },
    },
    tasks: [
      {
        ...mnist,
        ...whole,
        trainingImages: 60000,
        trainingEpochs: { standard: 5, adversarial: 10 },
        trainingSteps: 10,
      },
      {
        ...cifar10,
        ...whole,
        trainingImages: 50000,
        batchSize: 128,
        trainingEpochs: { standard: 30, adversarial: 30 },
        trainingSteps: 7,
      },
    ],
  },
}
