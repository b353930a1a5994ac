import type { FloatArray, LossKind, NativeActivation, Norm, Rule } from './values.js'

/** Draws by (seed, stream, item): see docs/numerics.md for the counter layout. */
export interface NativeRandom {
  uniform(seed: number, stream: string, item: number, count: number): Float64Array
  normal(seed: number, stream: string, item: number, count: number): Float64Array
  permutation(seed: number, stream: string, item: number, count: number): Int32Array
}

/**
 * The kernels by themselves, synchronous, on the caller's views: for the parity tests and the
 * benchmark, not for users. Every array must have exactly the stated length.
 */
export interface NativeKernels {
  /** values = σ(z), slopes = max(σ′(z), surrogateSlope). */
  activation(
    activation: NativeActivation,
    surrogateSlope: number,
    z: FloatArray,
    values: FloatArray,
    slopes: FloatArray,
  ): void
  /** out[c] = Σ_rows σ(z[row, c]) for z: rows × columns. */
  activationColumnSums(
    activation: NativeActivation,
    rows: number,
    columns: number,
    z: FloatArray,
    out: Float64Array,
  ): void
  /** out = A·Bᵀ (`nt`: A m×n·k, B n×k), A·B (`nn`: B k×n) or out + Aᵀ·B (`tn`: A k×m, B k×n); all in one precision. */
  product(
    form: 'nt' | 'nn' | 'tn',
    m: number,
    n: number,
    k: number,
    a: FloatArray,
    b: FloatArray,
    out: FloatArray,
  ): void
  /**
   * Residual of one sample: `direction` (largest entry 1 in magnitude among wrong classes) and returns
   * loss and scale, so that ∂loss/∂scores = scale · direction.
   */
  residual(
    loss: LossKind,
    scores: Float64Array,
    label: number,
    direction: Float64Array,
  ): { loss: number; scale: number; margin: number }
  /** One ascent step and projection on every ball of `length` numbers: perturbation ← Π(perturbation + step). */
  ascend(
    rule: Rule,
    norm: Norm,
    radius: number,
    stepSize: number,
    length: number,
    gradient: FloatArray,
    perturbation: FloatArray,
  ): void
  /** Projects every ball of `length` numbers. */
  project(norm: Norm, radius: number, length: number, perturbation: FloatArray): void
  /** Euclidean (l2) or largest (linf) norm, computed in double. */
  norm(norm: Norm, values: FloatArray): number
}
