import {
  type Activation,
  PatchDistribution,
  type PatchDistributionOptions,
  PatchNetwork,
  type PatchNetworkInitialization,
} from '../../src/index.js'

/** A small structured problem: k = 2, d = 6, 2 + 3 patches. */
export function smallDistribution(options: Partial<PatchDistributionOptions> = {}): PatchDistribution {
  return new PatchDistribution({
    classes: 2,
    dimension: 6,
    robustPatches: 2,
    nonRobustPatches: 3,
    robustStrength: { low: 1.5, high: 2.5 },
    nonRobustStrength: { low: 0.4, high: 0.6 },
    noise: 0.05,
    seed: 5,
    ...options,
  })
}

/** A network for `smallDistribution` with weights large enough for scores that differ. */
export function smallNetwork(options: Partial<PatchNetworkInitialization> = {}): PatchNetwork {
  return PatchNetwork.initialize({
    classes: 2,
    dimension: 6,
    filtersPerClass: 3,
    initialScale: 0.5,
    seed: 5,
    ...options,
  })
}

export const activations: readonly Activation[] = [
  { kind: 'smoothedRelu', power: 3, threshold: 0.8 },
  { kind: 'relu' },
  { kind: 'polynomial', power: 2 },
]
