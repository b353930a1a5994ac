import jstat from 'jstat'
import { describeValue } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'
import { requireObject } from '../native/instances.js'

/** Both ends of a 95 % confidence interval. */
export interface Interval {
  /** The smaller end. */
  readonly lower: number
  /** The larger end. */
  readonly upper: number
}

/** A mean over seeds: `ci95` is null when a single value says nothing about the spread. */
export interface Measurement {
  /** Mean of the values. */
  readonly value: number
  /** Student's interval of the mean. */
  readonly ci95: Interval | null
  /** Number of values. */
  readonly n: number
}

const UPPER_TAIL = 0.975

/**
 * Arithmetic mean (1/n) Σ x_i, exact when all values are equal.
 *
 * @param values finite numbers, at least one
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for no values or one that is not finite
 */
export function mean(values: ArrayLike<number>): number {
  const numbers = finite(values)
  // Deviations from one of the values, so that rounding gives equal seeds no spread.
  const [origin = 0] = numbers
  return origin + numbers.reduce((sum, value) => sum + (value - origin), 0) / numbers.length
}

/**
 * Sample standard deviation √(Σ (x_i − x̄)² / (n − 1)); null for a single value.
 *
 * @param values finite numbers, at least one
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for no values or one that is not finite
 */
export function sampleStandardDeviation(values: ArrayLike<number>): number | null {
  const numbers = finite(values)
  if (numbers.length < 2) return null
  const center = mean(numbers)
  const squares = numbers.reduce((sum, value) => sum + (value - center) ** 2, 0)
  return Math.sqrt(squares / (numbers.length - 1))
}

/**
 * The middle value in order of size, or the mean of the two middle ones.
 *
 * @param values finite numbers, at least one
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for no values or one that is not finite
 */
export function median(values: ArrayLike<number>): number {
  const sorted = finite(values).sort((a, b) => a - b)
  const half = sorted.length / 2
  return mean(sorted.slice(Math.ceil(half) - 1, Math.floor(half) + 1))
}

/**
 * Student's 95 % confidence interval of the mean, x̄ ± t_{0.975, n−1} s/√n; null for a single value.
 *
 * @param values finite numbers, at least one
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for no values or one that is not finite
 */
export function confidenceInterval95(values: ArrayLike<number>): Interval | null {
  const deviation = sampleStandardDeviation(values)
  if (deviation === null) return null
  const center = mean(values)
  const halfWidth = (jstat.studentt.inv(UPPER_TAIL, values.length - 1) * deviation) / Math.sqrt(values.length)
  return { lower: center - halfWidth, upper: center + halfWidth }
}

/**
 * Mean, 95 % interval and number of values, as records hold them.
 *
 * @param values finite numbers, at least one
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for no values or one that is not finite
 */
export function measure(values: ArrayLike<number>): Measurement {
  return { value: mean(values), ci95: confidenceInterval95(values), n: values.length }
}

/**
 * Wilson's 95 % score interval of a share, given `successes` out of `n` independent samples: with p = successes/n and
 * z = 1.96, (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n). Within [0, 1] and not degenerate at 0 or n.
 *
 * @param successes how many of the samples, 0 … n
 * @param n samples
 * @throws RobustFeaturesError `INVALID_ARGUMENT` unless `n` ≥ 1 and 0 ≤ `successes` ≤ `n` are integers
 */
export function wilsonInterval(successes: number, n: number): Interval {
  if (!Number.isSafeInteger(n) || n < 1) throw invalid('n', 'a positive integer', describeValue(n))
  if (!Number.isSafeInteger(successes) || successes < 0 || successes > n) {
    throw invalid('successes', `an integer from 0 to ${n}`, describeValue(successes))
  }
  const z = jstat.normal.inv(UPPER_TAIL, 0, 1)
  const share = successes / n
  const scale = 1 + z ** 2 / n
  const center = (share + z ** 2 / (2 * n)) / scale
  const halfWidth = (z * Math.sqrt((share * (1 - share)) / n + z ** 2 / (4 * n ** 2))) / scale
  // At the ends the exact bounds are 0 and 1; rounding may miss them by an ulp.
  return {
    lower: successes === 0 ? 0 : center - halfWidth,
    upper: successes === n ? 1 : center + halfWidth,
  }
}

function finite(values: ArrayLike<number>): number[] {
  requireObject(values, 'values')
  const numbers = Array.from(values)
  if (numbers.length === 0) throw invalid('values', 'at least one number', 'none')
  const wrong = numbers.findIndex((value) => !Number.isFinite(value))
  if (wrong !== -1) throw invalid(`values[${wrong}]`, 'a finite number', describeValue(numbers[wrong]))
  return numbers
}

function invalid(name: string, expected: string, found: string): RobustFeaturesError {
  return new RobustFeaturesError('INVALID_ARGUMENT', `Expected \`${name}\` to be ${expected}, got ${found}.`)
}
