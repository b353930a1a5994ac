import { featureAligned } from '../attacks/feature-aligned.js'
import { oneStep } from '../attacks/gradient-ascent.js'
import type { PatchDistribution } from '../data/patch-distribution.js'
import { adversarial, type Objective } from '../training/objective.js'

/** Adversarial training on, per sample, the worse of one normalised ascent step and the feature-aligned attack. */
export function strongInnerMaximiser(distribution: PatchDistribution, radius: number): Objective {
  return adversarial([oneStep({ radius }), featureAligned(distribution, { radius, selection: 'shared' })])
}
