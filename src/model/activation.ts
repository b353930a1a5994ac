import { z } from 'zod'
import type { NativeActivation } from '../native/contract.js'
import { integerBetween, parseOptions, positiveNumber } from '../native/validation.js'

/** σ of the network; its derivative is continuous for `smoothedRelu` and `polynomial`. */
export type Activation =
  | {
      /** Made by `smoothedRelu`. */
      readonly kind: 'smoothedRelu'
      /** q, an integer from 2 to 64. */
      readonly power: number
      /** ϱ > 0. */
      readonly threshold: number
    }
  | {
      /** Made by `relu`. */
      readonly kind: 'relu'
    }
  | {
      /** Made by `polynomial`. */
      readonly kind: 'polynomial'
      /** q, an integer from 2 to 64. */
      readonly power: number
    }

const power = integerBetween(2, 64)

const smoothedReluShape = { power: power.default(3), threshold: positiveNumber.default(1) }
const polynomialShape = { power: power.default(3) }

export const activationSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('smoothedRelu'), ...smoothedReluShape }),
  z.strictObject({ kind: z.literal('relu') }),
  z.strictObject({ kind: z.literal('polynomial'), ...polynomialShape }),
])

/**
 * σ(z) = 0 for z ≤ 0, z^q/(q ϱ^(q−1)) for z ≤ ϱ, z − (1 − 1/q) ϱ beyond: a ReLU whose corner is a power
 * (Allen-Zhu & Li, arXiv 2012.09816).
 *
 * @param options `power` q: integer ≥ 2, default 3; `threshold` ϱ > 0, default 1
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function smoothedRelu(
  options: { power?: number | undefined; threshold?: number | undefined } = {},
): Activation {
  return {
    kind: 'smoothedRelu',
    ...parseOptions(z.strictObject(smoothedReluShape), options, 'smoothedRelu', 'options'),
  }
}

/** σ(z) = max(z, 0), with σ′(0) = 0. */
export function relu(): Activation {
  return { kind: 'relu' }
}

/**
 * σ(z) = max(z, 0)^q.
 *
 * @param options `power` q: integer ≥ 2, default 3
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function polynomial(options: { power?: number | undefined } = {}): Activation {
  return {
    kind: 'polynomial',
    ...parseOptions(z.strictObject(polynomialShape), options, 'polynomial', 'options'),
  }
}

export function toNativeActivation(activation: Activation): NativeActivation {
  return { power: 1, threshold: 0, ...activation }
}
