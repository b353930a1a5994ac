import type { PatchDistribution } from '../data/patch-distribution.js'
import { strengthRange } from '../data/strength.js'
import type { Activation } from '../model/activation.js'
import { PatchNetwork } from '../model/patch-network.js'

/** Networks made of features, without training. */
export const FEATURE_NETWORKS = ['robust', 'non-robust', 'shielded-robust'] as const
export type FeatureNetworkKind = (typeof FEATURE_NETWORKS)[number]

/**
 * A network whose filters of class i are all the same: `robust` s u_i, `non-robust` s v_i, `shielded-robust`
 * s (u_i − Σ_{j≠i} v_j), whose wrong classes lose on every non-robust patch what an attack adds along u.
 *
 * s is the largest scale at which clean pre-activations stay where σ is a power: ϱ over the largest strength; 1 for
 * activations without a threshold. Below it the signs of margins do not depend on s.
 */
export function featureNetwork(
  kind: FeatureNetworkKind,
  distribution: PatchDistribution,
  { filtersPerClass, activation }: { filtersPerClass: number; activation: Activation },
): PatchNetwork {
  const { classes, dimension, options, robustFeatures, nonRobustFeatures } = distribution
  const strength = kind === 'non-robust' ? options.nonRobustStrength : options.robustStrength
  const scale = activation.kind === 'smoothedRelu' ? activation.threshold / strengthRange(strength).high : 1
  const weights = new Float32Array(classes * filtersPerClass * dimension)
  for (let index = 0; index < weights.length; index++) {
    const i = Math.floor(index / (filtersPerClass * dimension))
    const e = index % dimension
    const own = kind === 'non-robust' ? nonRobustFeatures : robustFeatures
    let value = own[i * dimension + e] ?? 0
    for (let j = 0; kind === 'shielded-robust' && j < classes; j++) {
      if (j !== i) value -= nonRobustFeatures[j * dimension + e] ?? 0
    }
    weights[index] = scale * value
  }
  return new PatchNetwork({ classes, filtersPerClass, dimension, activation, weights })
}
