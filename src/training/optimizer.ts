import { z } from 'zod'
import { nonNegativeNumber, parseOptions, positiveNumber } from '../native/validation.js'

/** How layered networks descend: made by `sgd` or `adam`. */
export type Optimizer =
  | {
      /** Made by `sgd`. */
      readonly kind: 'sgd'
      /** μ, in [0, 1). */
      readonly momentum: number
      /** Whether the step looks ahead by μ v. */
      readonly nesterov: boolean
      /** λ ≥ 0. */
      readonly weightDecay: number
    }
  | {
      /** Made by `adam`. */
      readonly kind: 'adam'
      /** β₁, in [0, 1). */
      readonly beta1: number
      /** β₂, in [0, 1). */
      readonly beta2: number
      /** ε > 0. */
      readonly epsilon: number
      /** λ ≥ 0. */
      readonly weightDecay: number
    }

export const belowOne = z
  .number({ error: 'a number from 0 to below 1' })
  .min(0, { error: 'a number from 0 to below 1' })
  .lt(1, { error: 'a number from 0 to below 1' })

const sgdSchema = z
  .strictObject({
    momentum: belowOne.default(0),
    nesterov: z.boolean().default(false),
    weightDecay: nonNegativeNumber.default(0),
  })
  .refine(({ nesterov, momentum }) => !nesterov || momentum > 0, {
    error: 'positive where `nesterov` is true',
    path: ['momentum'],
  })

const adamSchema = z.strictObject({
  beta1: belowOne.default(0.9),
  beta2: belowOne.default(0.999),
  epsilon: positiveNumber.default(1e-8),
  weightDecay: nonNegativeNumber.default(0),
})

/** An optimizer as written in a configuration file: its kind and the options of `sgd` or `adam`. */
export const optimizerConfigSchema = z.discriminatedUnion('kind', [
  sgdSchema.safeExtend({ kind: z.literal('sgd') }),
  adamSchema.extend({ kind: z.literal('adam') }),
])

/** An optimizer as `train` takes it. */
export const optimizerSchema: z.ZodType<Optimizer, Optimizer> = z.discriminatedUnion(
  'kind',
  [
    sgdSchema.safeExtend({
      kind: z.literal('sgd'),
      momentum: belowOne,
      nesterov: z.boolean(),
      weightDecay: nonNegativeNumber,
    }),
    z.strictObject({
      kind: z.literal('adam'),
      beta1: belowOne,
      beta2: belowOne,
      epsilon: positiveNumber,
      weightDecay: nonNegativeNumber,
    }),
  ],
  { error: 'made by `sgd(…)` or `adam(…)`' },
)

/**
 * Stochastic gradient descent: g ← g + λ w, v ← μ v + g, w ← w − η v, or w ← w − η (g + μ v) with `nesterov`.
 *
 * @param options `momentum` μ in [0, 1), default 0; `nesterov`, default false; `weightDecay` λ ≥ 0 on every parameter,
 *   default 0
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function sgd(
  options: {
    momentum?: number | undefined
    nesterov?: boolean | undefined
    weightDecay?: number | undefined
  } = {},
): Optimizer {
  return { kind: 'sgd', ...parseOptions(sgdSchema, options, 'sgd', 'options') }
}

/**
 * Adam of Kingma and Ba (arXiv 1412.6980): g ← g + λ w, m ← β₁ m + (1 − β₁) g, s ← β₂ s + (1 − β₂) g²,
 * w ← w − η m̂/(√ŝ + ε), m̂ and ŝ divided by 1 − βᵗ.
 *
 * @param options `beta1` (default 0.9), `beta2` (0.999), `epsilon` (1e-8), `weightDecay` λ ≥ 0 (0)
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function adam(
  options: {
    beta1?: number | undefined
    beta2?: number | undefined
    epsilon?: number | undefined
    weightDecay?: number | undefined
  } = {},
): Optimizer {
  return { kind: 'adam', ...parseOptions(adamSchema, options, 'adam', 'options') }
}
