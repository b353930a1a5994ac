/** a + b */
export function plus(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value + b[i]!)
}

/** ⟨a, b⟩ */
export function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

/** Row `index` of a row-major matrix, a view. */
export function row(matrix: Float64Array, index: number, length: number): Float64Array {
  return matrix.subarray(index * length, (index + 1) * length)
}

/** (1/n) Σ_i x_i */
export function mean(values: Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}

/** The candidate, of at least one, with the largest badness; NaN is the worst of all, the first wins ties. */
export function worst(
  candidates: readonly Float64Array[],
  badness: (candidate: Float64Array) => number,
): Float64Array {
  let chosen = candidates[0]!
  let largest = badness(chosen)
  for (const candidate of candidates.slice(1)) {
    const value = badness(candidate)
    if (!(value <= largest) && !Number.isNaN(largest)) {
      chosen = candidate
      largest = value
    }
  }
  return chosen
}
