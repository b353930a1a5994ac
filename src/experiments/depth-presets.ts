import type { PatchDepthPreset } from './depth/patch-depth.js'
import type { Scale } from './experiment.js'

/** All parts of `depth`; every value is our choice, none is the paper's. */
export interface DepthPreset {
  readonly patches: PatchDepthPreset
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
    filtersPerClass: 8,
    hiddenFilters: 48,
  },
  training: { samples: 24, iterations: 600, learningRate: 0.2 },
  recordEvery: 20,
  testSamples: 40,
  radius: 0.55,
  trainingSteps: 5,
  suite: { steps: 20, restarts: 1 },
}

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
  },
  quick: { patches },
  full: {
    patches: {
      ...patches,
      training: { ...patches.training, samples: 40, iterations: 1500 },
      testSamples: 200,
      trainingSteps: 10,
      suite: { steps: 50, restarts: 5 },
    },
  },
}
