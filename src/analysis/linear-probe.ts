import { CholeskyDecomposition, Matrix } from 'ml-matrix'
import { nativeAddon } from '../native/addon.js'
import { RobustFeaturesError } from '../native/errors.js'

/** Numbers of N samples, N × D row-major, with their labels. */
export interface ProbeSamples {
  readonly values: Float32Array
  readonly labels: Int32Array
}

/** Class = argmax of x W + b. */
export interface LinearProbe {
  /** D × k, row-major. */
  readonly weights: Float64Array
  /** k. */
  readonly offset: Float64Array
}

export interface LinearProbeOptions {
  /** k. */
  readonly classes: number
  /** ρ > 0: λ as a share of the mean square of a centred number, summed over the samples. */
  readonly ridge: number
}

/**
 * Ridge regression to one-hot targets in closed form: W = (XᵀX + λ I)⁻¹ XᵀY, or, where N < D, its equal
 * Xᵀ(XXᵀ + λ I)⁻¹Y; X and Y without their means, b from these, λ = ρ tr(XᵀX)/D.
 *
 * @throws RobustFeaturesError `DIVERGED` when a number is not finite
 */
export function fitLinearProbe(
  { values, labels }: ProbeSamples,
  { classes, ridge }: LinearProbeOptions,
): LinearProbe {
  const { product } = nativeAddon().kernels
  const samples = labels.length
  const size = values.length / samples
  if (!values.every(Number.isFinite)) {
    throw new RobustFeaturesError(
      'DIVERGED',
      'Expected what a probe is fitted to to be finite, got a network whose numbers are not.',
    )
  }
  const center = columnMeans(values, samples, size)
  const x = Float64Array.from(values, (value, e) => value - (center[e % size] ?? 0))
  const share = new Float64Array(classes)
  for (const label of labels) share[label] = (share[label] ?? 0) + 1 / samples
  const y = new Float64Array(samples * classes)
  for (const [n, label] of labels.entries()) {
    for (let i = 0; i < classes; i++) y[n * classes + i] = Number(i === label) - (share[i] ?? 0)
  }
  const penalty = (ridge * x.reduce((sum, value) => sum + value * value, 0)) / size
  const weights = new Float64Array(size * classes)
  if (size <= samples) {
    const gram = new Float64Array(size * size)
    product('tn', size, size, samples, x, x, gram)
    const target = new Float64Array(size * classes)
    product('tn', size, classes, samples, x, y, target)
    weights.set(solve(gram, size, penalty, target, classes))
  } else {
    const gram = new Float64Array(samples * samples)
    product('nt', samples, samples, size, x, x, gram)
    product('tn', size, classes, samples, x, solve(gram, samples, penalty, y, classes), weights)
  }
  const offset = share.map((mean, i) =>
    center.reduce((sum, value, e) => sum - value * (weights[e * classes + i] ?? 0), mean),
  )
  return { weights, offset }
}

/** Share of samples whose largest score is that of their label; of equal ones the first counts. */
export function probeAccuracy({ weights, offset }: LinearProbe, { values, labels }: ProbeSamples): number {
  const classes = offset.length
  const samples = labels.length
  const scores = new Float64Array(samples * classes)
  const size = weights.length / classes
  nativeAddon().kernels.product('nn', samples, classes, size, Float64Array.from(values), weights, scores)
  const right = labels.filter((label, n) => {
    const own = scores.subarray(n * classes, (n + 1) * classes).map((score, i) => score + (offset[i] ?? 0))
    return own.indexOf(Math.max(...own)) === label
  })
  return right.length / samples
}

/** Has a square root and an inverse in float64. */
const SMALLEST_PENALTY = 1e-300

/** (A + λ I)⁻¹ B for symmetric A; λ is raised to the rounding of A, so that all-constant numbers have an answer too. */
function solve(
  gram: Float64Array,
  size: number,
  penalty: number,
  right: Float64Array,
  columns: number,
): Float64Array {
  const a = Matrix.from1DArray(size, size, gram)
  const trace = a.trace()
  const added = Math.max(penalty, 1e-12 * trace, SMALLEST_PENALTY)
  for (let e = 0; e < size; e++) a.set(e, e, a.get(e, e) + added)
  const solved = new CholeskyDecomposition(a).solve(Matrix.from1DArray(size, columns, right))
  return Float64Array.from(solved.to1DArray())
}

function columnMeans(values: Float32Array, rows: number, columns: number): Float64Array {
  const sums = new Float64Array(columns)
  for (const [e, value] of values.entries()) sums[e % columns] = (sums[e % columns] ?? 0) + value
  return sums.map((sum) => sum / rows)
}
