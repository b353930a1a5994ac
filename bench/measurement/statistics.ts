import { median } from '../../src/analysis/statistics.js'

/** Numbers of one contender over rounds. */
export interface Summary {
  readonly medianMs: number
  readonly minimumMs: number
  /** Interquartile range over median. */
  readonly spread: number
}

export function summarize(milliseconds: readonly number[]): Summary {
  const medianMs = median(milliseconds)
  return {
    medianMs,
    minimumMs: Math.min(...milliseconds),
    spread: (quantile(milliseconds, 0.75) - quantile(milliseconds, 0.25)) / medianMs,
  }
}

/** Linear between the neighbours in order of size. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const position = share * (sorted.length - 1)
  const below = sorted[Math.floor(position)] ?? Number.NaN
  const above = sorted[Math.ceil(position)] ?? Number.NaN
  return below + (above - below) * (position - Math.floor(position))
}

/**
 * Median over rounds of the quotient within a round, in which both met the same state of the machine. Slow contenders
 * have fewer rounds, the first ones.
 */
export function ratio(numerator: readonly number[], denominator: readonly number[]): number {
  return median(ratios(numerator, denominator))
}

export function ratios(numerator: readonly number[], denominator: readonly number[]): readonly number[] {
  return numerator
    .slice(0, denominator.length)
    .map((value, round) => value / (denominator[round] ?? Number.NaN))
}

/** Largest relative difference of two trajectories; infinite where they differ in length or are not finite. */
export function largestRelativeDifference(expected: readonly number[], found: readonly number[]): number {
  if (expected.length !== found.length || expected.length === 0) return Number.POSITIVE_INFINITY
  const differences = expected.map((value, i) => {
    const difference = Math.abs(value - (found[i] ?? Number.NaN)) / Math.abs(value)
    return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference
  })
  return Math.max(...differences)
}
