import type { NativeActivation } from '../native/contract.js'

/**
 * σ(z), one number. NaN gives NaN.
 *
 * - `smoothedRelu`: 0 for z ≤ 0; z^q / (q ϱ^{q−1}) for 0 ≤ z ≤ ϱ; z − (1 − 1/q) ϱ for z ≥ ϱ
 * - `relu`: max(z, 0)
 * - `polynomial`: max(z, 0)^q
 *
 * with q = `power` and ϱ = `threshold`.
 */
export function activationValue(activation: NativeActivation, z: number): number {
  const { kind, power, threshold } = activation
  switch (kind) {
    case 'smoothedRelu':
      if (z <= 0) return 0
      // z (z/ϱ)^{q−1} / q is the same power without the overflow of z^q.
      if (z <= threshold) return (z * (z / threshold) ** (power - 1)) / power
      return z - (1 - 1 / power) * threshold
    case 'relu':
      return Math.max(z, 0)
    case 'polynomial':
      return Math.max(z, 0) ** power
  }
}

/**
 * σ′(z), one number; at the joint of `relu` the derivative is 0. NaN gives NaN.
 *
 * - `smoothedRelu`: min(max(z/ϱ, 0), 1)^{q−1}
 * - `relu`: 1 for z > 0, else 0
 * - `polynomial`: q max(z, 0)^{q−1}
 */
export function activationSlope(activation: NativeActivation, z: number): number {
  const { kind, power, threshold } = activation
  switch (kind) {
    case 'smoothedRelu':
      return Math.min(Math.max(z / threshold, 0), 1) ** (power - 1)
    case 'relu':
      if (Number.isNaN(z)) return z
      return z > 0 ? 1 : 0
    case 'polynomial':
      return power * Math.max(z, 0) ** (power - 1)
  }
}

/** The slope an ascent may use instead of the true one: max(σ′(z), s), with s = `surrogateSlope`. */
export function surrogateActivationSlope(
  activation: NativeActivation,
  surrogateSlope: number,
  z: number,
): number {
  return Math.max(activationSlope(activation, z), surrogateSlope)
}
