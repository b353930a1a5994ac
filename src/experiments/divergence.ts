import type { Condition } from '../analysis/record.js'
import { type Measurement, measure } from '../analysis/statistics.js'
import { RobustFeaturesError } from '../native/errors.js'
import { atLeast } from './conditions.js'
import type { RunFlag } from './experiment.js'

/** What became of one seed: a result, or a flag in its place. */
export type Attempt<Result> =
  | { readonly result: Result; readonly flags: readonly [] }
  | { readonly result: undefined; readonly flags: readonly [RunFlag] }

/**
 * Runs one seed; a loss that diverges costs the experiment this seed and no more.
 *
 * @throws whatever `run` throws but `DIVERGED`
 */
export async function unlessDiverged<Result>(
  where: string,
  run: () => Promise<Result>,
): Promise<Attempt<Result>> {
  try {
    return { result: await run(), flags: [] }
  } catch (error) {
    if (!(error instanceof RobustFeaturesError && error.code === 'DIVERGED')) throw error
    return { result: undefined, flags: [{ where, name: 'loss-diverges', message: error.message }] }
  }
}

/** The results of the seeds that have one. */
export function resultsOf<Result>(attempts: readonly Attempt<Result>[]): Result[] {
  return attempts.flatMap(({ result }) => (result === undefined ? [] : [result]))
}

/** `measure` of what the seeds gave; n = 0 and no interval, so no verdict, where none gave anything. */
export function measureSeeds(values: readonly number[]): Measurement {
  return values.length === 0 ? { value: 0, ci95: null, n: 0 } : measure(values)
}

/** Mean over the seeds that have a result. */
export function overResults<Result>(
  results: readonly Result[],
  read: (result: Result) => number,
): Measurement {
  return measureSeeds(results.map(read))
}

/** Where seeds diverged, the condition that none does: what the others reach is no result of them all. */
export function noneDiverged(seeds: number, results: number): Condition[] {
  return results === seeds ? [] : [everySeed(seeds, results, 'share of seeds whose loss stays finite')]
}

/** The condition that every seed gave a result. */
export function everySeed(seeds: number, results: number, quantity: string): Condition {
  const there = Array.from({ length: seeds }, (_, index) => (index < results ? 1 : 0))
  return atLeast(measure(there), 1, quantity)
}
