import { z } from 'zod'
import type { LossKind } from '../native/contract.js'
import { nonNegativeInteger, nonNegativeNumber, parseOptions, positiveInteger } from '../native/validation.js'
import type { EngineAttack, ThreatModelOptions } from './attack.js'
import { threatModelName, threatModelShape, toThreatModel } from './threat-model.js'

const ascentShape = {
  ...threatModelShape,
  loss: z
    .enum(['crossEntropy', 'margin'])
    .default('crossEntropy')
    .meta({ description: 'loss that is ascended' }),
  surrogateSlope: nonNegativeNumber.default(0).meta({
    description: "σ′ is replaced by max(σ′, this) in the ascent, to see across the activation's flat region",
  }),
  restarts: positiveInteger(100000).default(1).meta({ description: 'starts; the worst per sample counts' }),
  space: z.enum(['auto', 'gram', 'direct']).default('auto').meta({
    description:
      'where an l2 attack does its arithmetic: on coefficients of the filters (exact), or on the input',
  }),
  randomStart: z.boolean().default(false).meta({ description: 'start uniformly in the ball, not at 0' }),
}

export const pgdShape = {
  ...ascentShape,
  steps: nonNegativeInteger(1e6).default(10).meta({ description: 'K, ascent steps' }),
  stepSize: nonNegativeNumber.optional().meta({ description: 'length of a step, in input space' }),
  relativeStepSize: nonNegativeNumber
    .optional()
    .meta({ description: 'length of a step as a share of the radius' }),
}

export const oneStepShape = {
  ...ascentShape,
  rule: z.enum(['normalized', 'gradient']).default('normalized').meta({
    description:
      'normalized: ε g/‖g‖ (ℓ2) or ε sign g (ℓ∞); gradient: the ascent rate times the gradient, projected',
  }),
  ascentRate: nonNegativeNumber.optional().meta({ description: 'η̃ of rule `gradient`' }),
}

const pgdSchema = z
  .strictObject(pgdShape)
  .refine(({ stepSize, relativeStepSize }) => stepSize === undefined || relativeStepSize === undefined, {
    error: 'left out where `relativeStepSize` is given',
    path: ['stepSize'],
  })

const oneStepSchema = z
  .strictObject(oneStepShape)
  .refine(({ rule, ascentRate }) => (rule === 'gradient') === (ascentRate !== undefined), {
    error: 'given with rule `gradient`, and with that rule only',
    path: ['ascentRate'],
  })

/** What attacks by gradient ascent have in common. */
export interface GradientAscentOptions extends ThreatModelOptions {
  /** What is ascended: `crossEntropy` (default), or the `margin` max_{j≠y} F_j − F_y. */
  readonly loss?: LossKind | undefined
  /** s ≥ 0: the ascent takes max(σ′, s) for σ′, to see across the activation's flat region; default 0. */
  readonly surrogateSlope?: number | undefined
  /** Starts, of which the worst per sample counts: all but the first at random; default 1. */
  readonly restarts?: number | undefined
  /**
   * Where an ℓ2 attack does its arithmetic: `gram`, on coefficients of the filters (exact); `direct`, on the input;
   * `auto` (default), whichever is cheaper.
   */
  readonly space?: 'auto' | 'gram' | 'direct' | undefined
  /** Begin the first start uniformly in the ball, not at 0; default false. */
  readonly randomStart?: boolean | undefined
}

/** Options of `pgd`. */
export interface PgdOptions extends GradientAscentOptions {
  /** K, ascent steps; an integer ≥ 0, default 10. */
  readonly steps?: number | undefined
  /** Length s of a step, in input space. */
  readonly stepSize?: number | undefined
  /** The same as a share of the radius, in place of `stepSize`; default 2.5/K, for one step 1. */
  readonly relativeStepSize?: number | undefined
}

/** Options of `oneStep`. */
export interface OneStepOptions extends GradientAscentOptions {
  /** `normalized` (default): a step of length ε; `gradient`: `ascentRate` times the gradient, projected. */
  readonly rule?: 'normalized' | 'gradient' | undefined
  /** η̃ ≥ 0, with rule `gradient` and only there. */
  readonly ascentRate?: number | undefined
}

/**
 * Projected gradient descent of Madry et al. (arXiv 1706.06083), as ascent on the loss: K normalised steps
 * δ ← Π(δ + s g/‖g‖₂) (ℓ2) or Π(δ + s sign g) (ℓ∞), Π the projection on the ball and the box. A ball whose gradient is
 * zero does not move; a tiny gradient moves the full step.
 *
 * @param options default ℓ2, a ball per patch, 10 steps of 2.5 ε/K each (one step: ε), cross-entropy, one start at 0
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function pgd(options: PgdOptions): EngineAttack {
  const { steps, stepSize, relativeStepSize, ...ascent } = parseOptions(pgdSchema, options, 'pgd', 'options')
  const relative = relativeStepSize ?? (steps <= 1 ? 1 : 2.5 / steps)
  return gradientAscent(`pgd-${steps}`, {
    ...ascent,
    steps,
    rule: 'normalized',
    stepSize: stepSize ?? relative * ascent.radius,
  })
}

/**
 * The paper's one ascent step from the clean input. Its exact rule is not public, so both are here: `normalized`,
 * δ = ε g/‖g‖₂ or ε sign g, and `gradient`, δ = Π(η̃ g), g the gradient of the sample's own loss.
 *
 * @param options default ℓ2, a ball per patch, rule `normalized`, cross-entropy, one start at 0
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function oneStep(options: OneStepOptions): EngineAttack {
  const { rule, ascentRate, ...ascent } = parseOptions(oneStepSchema, options, 'oneStep', 'options')
  return gradientAscent(`one-step-${rule}`, {
    ...ascent,
    steps: 1,
    rule,
    stepSize: ascentRate ?? ascent.radius,
  })
}

interface Ascent extends z.output<z.ZodObject<typeof ascentShape>> {
  steps: number
  rule: 'normalized' | 'gradient'
  stepSize: number
}

function gradientAscent(kind: string, ascent: Ascent): EngineAttack {
  const threat = toThreatModel(ascent)
  const { loss, surrogateSlope, restarts, randomStart, steps, rule, stepSize, space } = ascent
  const { norm, radius, budget } = threat
  const [lower, upper] = threat.bounds ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  const variant = [
    loss === 'margin' ? '-margin' : '',
    surrogateSlope > 0 ? `-surrogate-${surrogateSlope}` : '',
    restarts > 1 ? `-restarts-${restarts}` : '',
  ].join('')
  return {
    ...threat,
    name: `${kind}-${threatModelName(threat)}${variant}`,
    native: {
      kind: 'gradientAscent',
      norm,
      radius,
      budget,
      loss,
      surrogateSlope,
      restarts,
      randomStart,
      steps,
      rule,
      stepSize,
      lower,
      upper,
      space,
    },
  }
}
