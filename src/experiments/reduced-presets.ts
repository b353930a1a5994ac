import type { Scale } from './experiment.js'
import { type StructuredDataPreset, structuredDataPresets } from './structured-data-presets.js'

const { smoke, quick, full } = structuredDataPresets

/** Smaller by a lower α at nearly the same density ratio, c ≈ 2.2. */
export const weakerDistribution = {
  ...quick.distribution,
  robustStrength: { low: 3.2, high: 4.8 },
  nonRobustPatches: 150,
}

/**
 * For experiments of many trainings: a smaller problem at which the theorems still differ, with weaker robust features
 * so that c ≈ 2.2 with fewer patches, and twice the learning rate. At scale `full` the default problem itself.
 */
export const reducedPresets: Readonly<Record<Scale, StructuredDataPreset>> = {
  smoke: {
    ...smoke,
    distribution: { ...smoke.distribution, nonRobustPatches: 20 },
    training: { samples: 8, iterations: 20, learningRate: 0.3 },
    recordEvery: 2,
    testSamples: 12,
    suite: { steps: 3, restarts: 1 },
  },
  quick: {
    ...quick,
    distribution: weakerDistribution,
    training: { samples: 24, iterations: 500, learningRate: 0.6 },
    recordEvery: 5,
    suite: { steps: 20, restarts: 1 },
  },
  full,
}

/** For experiments that train many points around the default problem. */
export const pointPresets: Readonly<Record<Scale, StructuredDataPreset>> = {
  smoke: { ...smoke, training: { ...smoke.training, samples: 16, iterations: 30 }, testSamples: 16 },
  quick: {
    ...quick,
    training: { ...quick.training, samples: 20, iterations: 400 },
    testSamples: 40,
    suite: { steps: 20, restarts: 1 },
  },
  full: { ...full, testSamples: 100 },
}
