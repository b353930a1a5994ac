export interface SelfTestCheck {
  readonly name: string
  readonly passed: boolean
  /** What was compared, and the largest relative difference found. */
  readonly detail: string
}

/** Passes when the largest difference is at most `tolerance` of the largest expected number. */
export function compare(
  name: string,
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): SelfTestCheck {
  let scale = 0
  let difference = 0
  for (let i = 0; i < expected.length; i++) {
    scale = Math.max(scale, Math.abs(expected[i] ?? Number.NaN))
    const gap = Math.abs((found[i] ?? Number.NaN) - (expected[i] ?? Number.NaN))
    difference = Number.isNaN(gap) ? Number.POSITIVE_INFINITY : Math.max(difference, gap)
  }
  const relative = difference / scale
  return {
    name,
    passed: found.length === expected.length && relative <= tolerance,
    detail: `${expected.length} numbers, largest relative difference ${relative.toExponential(1)}`,
  }
}
