import { z } from 'zod'
import type { Features } from '../data/features.js'
import { requireFeatures } from '../data/require-features.js'
import { integerBetween, parseOptions } from '../native/validation.js'
import type { EngineAttack, ThreatModelOptions } from './attack.js'
import { threatModelName, threatModelShape, toThreatModel } from './threat-model.js'

const { norm, radius, budget } = threatModelShape

export const featureAlignedShape = {
  norm,
  radius,
  budget,
  splits: integerBetween(2, 1000)
    .default(9)
    .meta({ description: 'grid points between removing the own feature and adding the other class’s' }),
  selection: z
    .enum(['perPatch', 'shared'])
    .default('perPatch')
    .meta({ description: 'every patch its own worst candidate, or one for all' }),
}

/** Options of `featureAligned`. */
export interface FeatureAlignedOptions extends Omit<ThreatModelOptions, 'bounds'> {
  /** Grid points from removing the own feature to adding the other class's, 2 … 1000; default 9. */
  readonly splits?: number | undefined
  /** `perPatch` (default): every patch its own worst candidate; `shared`: one for all. */
  readonly selection?: 'perPatch' | 'shared' | undefined
}

/**
 * The attack that knows the features: on every patch it removes the patch's own feature (u_y or v_y, the larger inner
 * product) and adds one of a wrong class j, t ∈ {u_j, v_j}, splitting the radius by an angle θ on a grid:
 * δ_p = −ε sin θ · own + ε cos θ · t (ℓ2); δ_p = ε sign(−a · own + (1 − a) · t), also with t = u_j + v_j (ℓ∞). Over all
 * j, t and splits the smallest margin counts. It needs no gradient, so it sees what a flat activation hides from PGD.
 *
 * With an ℓ2 `input` budget the radius is shared evenly by all patches, by the robust or by the non-robust ones.
 *
 * @param features of the distribution, k × d, orthonormal to 10⁻⁵
 * @param options default ℓ2, a ball per patch, 9 splits, a candidate per patch
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function featureAligned(features: Features, options: FeatureAlignedOptions): EngineAttack {
  requireFeatures(features, 'features')
  const parsed = parseOptions(z.strictObject(featureAlignedShape), options, 'featureAligned', 'options')
  const threat = toThreatModel(parsed)
  const { robustFeatures, nonRobustFeatures } = features
  return {
    ...threat,
    name: `feature-aligned-${threatModelName(threat)}${parsed.selection === 'shared' ? '-shared' : ''}`,
    native: { kind: 'featureAligned', ...parsed, robustFeatures, nonRobustFeatures },
  }
}
