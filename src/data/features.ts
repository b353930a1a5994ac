import { nativeAddon } from '../native/addon.js'

/** The 2k features of a patch distribution, orthonormal rows of k × d matrices. */
export interface Features {
  /** k. */
  readonly classes: number
  /** d ≥ 2k. */
  readonly dimension: number
  /** u_1 … u_k. */
  readonly robustFeatures: Float64Array
  /** v_1 … v_k. */
  readonly nonRobustFeatures: Float64Array
}

/** Unit vectors along the axes: u_i = e_i, v_i = e_{k+i}. Needs d ≥ 2k. */
export function axisFeatures(classes: number, dimension: number): Features {
  const robustFeatures = new Float64Array(classes * dimension)
  const nonRobustFeatures = new Float64Array(classes * dimension)
  for (let i = 0; i < classes; i++) {
    robustFeatures[i * dimension + i] = 1
    nonRobustFeatures[i * dimension + classes + i] = 1
  }
  return { classes, dimension, robustFeatures, nonRobustFeatures }
}

/** A random orthonormal system: Gram–Schmidt, twice for accuracy, on normal vectors of stream `features`. Needs d ≥ 2k. */
export function randomOrthonormalFeatures(classes: number, dimension: number, seed: number): Features {
  const normals = nativeAddon().random.normal(seed, 'features', 0, 2 * classes * dimension)
  const basis: Float64Array[] = []
  for (let i = 0; i < 2 * classes; i++) {
    const vector = normals.slice(i * dimension, (i + 1) * dimension)
    for (let pass = 0; pass < 2; pass++) {
      for (const other of basis) subtractProjection(vector, other)
      normalize(vector)
    }
    basis.push(vector)
  }
  return {
    classes,
    dimension,
    robustFeatures: concatenate(basis.slice(0, classes), dimension),
    nonRobustFeatures: concatenate(basis.slice(classes), dimension),
  }
}

function subtractProjection(vector: Float64Array, unit: Float64Array): void {
  const share = innerProduct(vector, unit)
  for (let e = 0; e < vector.length; e++) vector[e] = (vector[e] ?? 0) - share * (unit[e] ?? 0)
}

function normalize(vector: Float64Array): void {
  const length = Math.sqrt(innerProduct(vector, vector))
  for (let e = 0; e < vector.length; e++) vector[e] = (vector[e] ?? 0) / length
}

export function innerProduct(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let e = 0; e < a.length; e++) sum += (a[e] ?? 0) * (b[e] ?? 0)
  return sum
}

function concatenate(rows: readonly Float64Array[], dimension: number): Float64Array {
  const all = new Float64Array(rows.length * dimension)
  for (const [i, row] of rows.entries()) all.set(row, i * dimension)
  return all
}
