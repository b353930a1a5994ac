import type { Condition } from '../analysis/record.js'
import { atLeast, atMost } from './conditions.js'
import { noneDiverged, overResults } from './divergence.js'
import type { StructuredDataResult } from './structured-data.js'

/** What Theorem 4.3 says of networks after standard training, one result per seed that did not diverge, of `seeds`. */
export function standardConditions(
  results: readonly StructuredDataResult[],
  seeds: number,
): [Condition, ...Condition[]] {
  const over = (read: (result: StructuredDataResult) => number) => overResults(results, read)
  return [
    atLeast(
      over((r) => r.nonRobustDominance),
      2,
      'v/u (u at least σ_0)',
    ),
    atLeast(
      over((r) => r.robustness.cleanAccuracy),
      0.99,
      'clean accuracy',
    ),
    atMost(
      over((r) => r.robustness.robustAccuracy),
      0.05,
      'robust accuracy',
    ),
    ...noneDiverged(seeds, results.length),
  ]
}

/** What Theorem 4.4 says of networks after adversarial training, one result per seed that did not diverge, of `seeds`. */
export function adversarialConditions(
  results: readonly StructuredDataResult[],
  seeds: number,
): [Condition, ...Condition[]] {
  const over = (read: (result: StructuredDataResult) => number) => overResults(results, read)
  return [
    atLeast(
      over((r) => r.robustDominance),
      2,
      'u/v (v at least σ_0)',
    ),
    atLeast(
      over((r) => r.robustness.cleanAccuracy),
      0.99,
      'clean accuracy',
    ),
    atLeast(
      over((r) => r.robustness.robustAccuracy),
      0.95,
      'robust accuracy',
    ),
    ...noneDiverged(seeds, results.length),
  ]
}
