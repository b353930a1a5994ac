import type { Condition } from '../analysis/record.js'
import type { Measurement } from '../analysis/statistics.js'

/** The lower end of the 95 % interval of the mean over seeds is at least `threshold`. */
export function atLeast(measured: Measurement, threshold: number, quantity: string): Condition {
  const text = `lower end of the 95 % interval of ${quantity} ≥ ${threshold}`
  return { measured, criterion: { statistic: 'lower', relation: '>=', threshold, text } }
}

/** The upper end of the 95 % interval of the mean over seeds is at most `threshold`. */
export function atMost(measured: Measurement, threshold: number, quantity: string): Condition {
  const text = `upper end of the 95 % interval of ${quantity} ≤ ${threshold}`
  return { measured, criterion: { statistic: 'upper', relation: '<=', threshold, text } }
}
