import type { PatchDistributionOptions } from '../data/patch-distribution.js'
import type { PatchNetworkInitialization } from '../model/patch-network-options.js'
import type { Scale } from './experiment.js'

/** Data, network and training of the structured-data experiments; every value is our choice, none is the paper's. */
export interface StructuredDataPreset {
  readonly distribution: Omit<PatchDistributionOptions, 'seed'>
  readonly network: Omit<PatchNetworkInitialization, 'seed' | 'classes' | 'dimension'>
  readonly training: { readonly samples: number; readonly iterations: number; readonly learningRate: number }
  readonly recordEvery: number
  readonly testSamples: number
  /** ε of the ℓ2 ball of every patch, in training and evaluation. */
  readonly radius: number
  /** Steps and restarts of PGD in the suite. */
  readonly suite: { readonly steps: number; readonly restarts: number }
}

const distribution = {
  classes: 2,
  dimension: 64,
  robustPatches: 1,
  robustStrength: { low: 4.8, high: 7.2 },
  nonRobustStrength: { low: 0.8, high: 1.2 },
  noise: 0.01,
}

const network = {
  filtersPerClass: 8,
  activation: { kind: 'smoothedRelu', power: 3, threshold: 4 },
  initialScale: 0.1,
} as const

const radius = 0.75

/** Where both theorems can be told apart, c ≈ 2.3 and ε = 0.75 β: the best of the search in docs/preset-map.md. */
const problem = {
  distribution: { ...distribution, nonRobustPatches: 500 },
  network,
  training: { samples: 40, iterations: 1500, learningRate: 0.5 },
  recordEvery: 10,
  radius,
} as const

export const structuredDataPresets: Readonly<Record<Scale, StructuredDataPreset>> = {
  smoke: {
    distribution: { ...distribution, nonRobustPatches: 100 },
    network,
    training: { samples: 48, iterations: 60, learningRate: 0.3 },
    recordEvery: 10,
    testSamples: 32,
    radius,
    suite: { steps: 10, restarts: 1 },
  },
  quick: { ...problem, testSamples: 60, suite: { steps: 40, restarts: 2 } },
  full: { ...problem, testSamples: 200, suite: { steps: 50, restarts: 5 } },
}
