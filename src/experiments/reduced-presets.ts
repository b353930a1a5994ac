import type { Scale } from './experiment.js'
import { type StructuredDataPreset, structuredDataPresets } from './structured-data-presets.js'

const { smoke, quick, full } = structuredDataPresets

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
    distribution: {
      ...quick.distribution,
      robustStrength: { low: 3.2, high: 4.8 },
      nonRobustPatches: 150,
    },
    training: { samples: 24, iterations: 500, learningRate: 0.6 },
    recordEvery: 5,
    suite: { steps: 20, restarts: 1 },
  },
  full,
}
