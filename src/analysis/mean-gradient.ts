import type { NativeActivation } from '../native/contract.js'
import { activationSlope, activationValue } from '../reference/activation.js'
import type { MeanSample } from './mean-sample.js'

/** A network seen on its features only. */
export interface CoefficientNetwork {
  readonly classes: number
  readonly activation: NativeActivation
  /** f × 2k: the filters' coefficients on u_1 … u_k, v_1 … v_k, class by class. */
  readonly coefficients: Float64Array
}

/** Cross-entropy of a mean sample. */
export function meanLoss(network: CoefficientNetwork, sample: MeanSample, label: number): number {
  const values = scores(network, sample)
  const top = Math.max(...values)
  const total = values.reduce((sum, value) => sum + Math.exp(value - top), 0)
  return top - (values[label] ?? 0) + Math.log(total)
}

/** ∂ loss / ∂ coefficients, f × 2k: of filter f of class i, (p_i − 1[i = y]) Σ_patches σ′(z_f) x. */
export function meanGradient(network: CoefficientNetwork, sample: MeanSample, label: number): Float64Array {
  const { classes, activation, coefficients } = network
  const width = 2 * classes
  const filters = coefficients.length / width
  const values = scores(network, sample)
  const top = Math.max(...values)
  const exponentials = values.map((value) => Math.exp(value - top))
  const others = exponentials.reduce((sum, value, j) => sum + (j === label ? 0 : value), 0)
  const total = others + (exponentials[label] ?? 0)
  const gradient = new Float64Array(coefficients.length)
  for (let f = 0; f < filters; f++) {
    const i = Math.floor((f * classes) / filters)
    // As −Σ_{j≠y} p_j for the own class: p_y − 1 would lose it to rounding at large margins.
    const residual = (i === label ? -others : (exponentials[i] ?? 0)) / total
    for (const { weight, vector } of sample) {
      const slope = activationSlope(activation, product(coefficients, f * width, vector))
      for (const [e, x] of vector.entries()) {
        gradient[f * width + e] = (gradient[f * width + e] ?? 0) + weight * residual * slope * x
      }
    }
  }
  return gradient
}

/** F_i = Σ_f of class i Σ_patches σ(z_f). */
function scores({ classes, activation, coefficients }: CoefficientNetwork, sample: MeanSample): Float64Array {
  const width = 2 * classes
  const filters = coefficients.length / width
  const out = new Float64Array(classes)
  for (let f = 0; f < filters; f++) {
    const i = Math.floor((f * classes) / filters)
    for (const { weight, vector } of sample) {
      out[i] = (out[i] ?? 0) + weight * activationValue(activation, product(coefficients, f * width, vector))
    }
  }
  return out
}

function product(coefficients: Float64Array, first: number, vector: Float64Array): number {
  return vector.reduce((sum, x, e) => sum + x * (coefficients[first + e] ?? 0), 0)
}
