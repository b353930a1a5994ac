import type { EngineAttack } from '../attacks/attack.js'
import { featureAligned } from '../attacks/feature-aligned.js'
import { oneStep } from '../attacks/gradient-ascent.js'
import type { PatchDistribution } from '../data/patch-distribution.js'
import { adversarial, type Objective } from '../training/objective.js'

/** How the inner maximum is approached. */
export interface InnerMaximiser {
  readonly name: string
  readonly description: string
  objective(distribution: PatchDistribution, radius: number): Objective
}

/** Of attacks that are to see across the flat region, as in the attack suite. */
export const SURROGATE_SLOPE = 0.05

/** Fewer than in evaluation: training follows the worst of them either way, in little more than half the time. */
const TRAINING_SPLITS = 5

/** The one that decides Theorem 4.4. */
export const strongInnerMaximiser: InnerMaximiser = {
  name: 'strong-inner-maximiser',
  description: 'per sample the worse of one normalised step and the feature-aligned attack',
  objective: (distribution, radius) => adversarial(strongAttacks(distribution, oneStep({ radius }))),
}

/** A gradient attack and, with its radius, the feature-aligned one. */
export function strongAttacks(distribution: PatchDistribution, ascent: EngineAttack): EngineAttack[] {
  return [
    ascent,
    featureAligned(distribution, { radius: ascent.radius, selection: 'shared', splits: TRAINING_SPLITS }),
  ]
}

/** Side by side, from the paper's to the strongest. */
export const innerMaximisers: readonly InnerMaximiser[] = [
  {
    name: 'one-step',
    description: 'one normalised ascent step with the true derivative, as the paper analyses',
    objective: (_, radius) => adversarial(oneStep({ radius })),
  },
  {
    name: 'surrogate-slope',
    description: `one normalised ascent step with max(σ′, ${SURROGATE_SLOPE}), which sees across the flat region`,
    objective: (_, radius) => adversarial(oneStep({ radius, surrogateSlope: SURROGATE_SLOPE })),
  },
  strongInnerMaximiser,
]
