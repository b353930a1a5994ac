import type { Condition } from '../analysis/record.js'
import { atLeast, atMost } from './conditions.js'
import { noneDiverged, overResults } from './divergence.js'
import type { StructuredDataResult } from './structured-data.js'

type Read = (result: StructuredDataResult) => number

/** What Theorem 4.3 says of networks after standard training, one result per seed that did not diverge, of `seeds`. */
export function standardConditions(
  results: readonly StructuredDataResult[],
  seeds: number,
): [Condition, ...Condition[]] {
  const over = (read: Read) => overResults(results, read)
  return [
    ...accurate(over, (r) => r.nonRobustDominance, 'v/u (u at least σ_0)'),
    atMost(over(robustAccuracy), 0.05, 'robust accuracy'),
    ...noneDiverged(seeds, results.length),
  ]
}

/** What Theorem 4.4 says of networks after adversarial training, one result per seed that did not diverge, of `seeds`. */
export function adversarialConditions(
  results: readonly StructuredDataResult[],
  seeds: number,
): [Condition, ...Condition[]] {
  const over = (read: Read) => overResults(results, read)
  return [
    ...accurate(over, (r) => r.robustDominance, 'u/v (v at least σ_0)'),
    atLeast(over(robustAccuracy), 0.95, 'robust accuracy'),
    ...noneDiverged(seeds, results.length),
  ]
}

/** One kind of feature leads by far, and the network is accurate: both theorems say so. */
function accurate(
  over: (read: Read) => Condition['measured'],
  dominance: Read,
  text: string,
): [Condition, Condition] {
  return [atLeast(over(dominance), 2, text), atLeast(over(cleanAccuracy), 0.99, 'clean accuracy')]
}

const cleanAccuracy: Read = ({ robustness }) => robustness.cleanAccuracy
const robustAccuracy: Read = ({ robustness }) => robustness.robustAccuracy
