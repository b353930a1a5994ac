import { type Condition, createRecord, type ExperimentRecord } from '../analysis/record.js'
import { atLeast, atMost } from './conditions.js'
import { measureSeeds, noneDiverged, overResults } from './divergence.js'
import {
  type SuccessMatrix,
  successAt,
  type TransferResult,
  type TransferSource,
  type TransferTarget,
} from './transferability-matrix.js'
import type { TransferCriteria } from './transferability-presets.js'

/** What is said of one kind of data. */
export interface TransferRecordsOptions {
  /** Of the ids. */
  readonly prefix: string
  /** At which it is judged, one of the results' radii. */
  readonly radius: number
  readonly criteria: TransferCriteria
  readonly common: Pick<
    ExperimentRecord,
    'experiment' | 'dataset' | 'source' | 'reported' | 'config' | 'seeds'
  >
}

const EXAMPLES = {
  'non-robust features': 'examples along non-robust features',
  'robust features': 'examples along robust features',
  'standard network': 'examples made with a standard network',
} as const

/** The records of a matrix over seeds; a seed without one was lost to divergence. */
export function transferRecords(
  results: readonly TransferResult[],
  { prefix, radius, criteria, common }: TransferRecordsOptions,
): ExperimentRecord[] {
  const { clean, fooled, difference, withstood } = criteria
  // A seed whose target has nothing right does not count here; its clean accuracy fails its own condition.
  const over = (read: (success: SuccessMatrix) => number | undefined) =>
    measureSeeds(results.flatMap((result) => read(successAt(result, radius)) ?? []))
  const fools = (source: TransferSource) =>
    atLeast(
      over((success) => success[source].standard),
      fooled,
      `success on standard networks, ${source}`,
    )
  const ahead = (first: TransferSource, second: TransferSource) =>
    atLeast(
      over((success) => less(success[first].standard, success[second].standard)),
      difference,
      `success on standard networks, ${first} less ${second}`,
    )
  const fails = (source: TransferSource) =>
    atMost(
      over((success) => success[source].adversarial),
      withstood,
      `success on adversarial networks, ${source}`,
    )
  const accurate = (target: TransferTarget) =>
    atLeast(
      overResults(results, ({ cleanAccuracy }) => cleanAccuracy[target]),
      clean[target],
      `clean accuracy of ${target} networks`,
    )
  const finished = noneDiverged(common.seeds.length, results.length)
  const record = (name: string, claim: string, first: Condition, ...others: Condition[]) =>
    createRecord({ ...common, id: `${prefix}/${name}`, claim }, [first, ...others, ...finished])
  return [
    record(
      'non-robust-over-robust',
      'Examples along non-robust features fool standard networks more than those along robust ones',
      ahead('non-robust features', 'robust features'),
      accurate('standard'),
    ),
    record(
      'non-robust-features',
      'Examples along non-robust features fool standard networks',
      fools('non-robust features'),
      accurate('standard'),
    ),
    record(
      'standard-network',
      'Examples made with a standard network fool other standard networks',
      fools('standard network'),
      accurate('standard'),
    ),
    record(
      'standard-over-adversarial-network',
      'Examples made with a standard network fool standard networks more than those made with an adversarially trained one',
      ahead('standard network', 'adversarial network'),
      accurate('standard'),
    ),
    ...(['non-robust features', 'robust features', 'standard network'] as const).map((source) =>
      record(
        `adversarial-targets/${source.replaceAll(' ', '-')}`,
        `Adversarially trained networks withstand ${EXAMPLES[source]} that fool standard networks`,
        fails(source),
        // What fools nobody is no test of those that withstand it.
        fools(source),
        accurate('adversarial'),
        accurate('standard'),
      ),
    ),
  ]
}

function less(first: number | undefined, second: number | undefined): number | undefined {
  return first === undefined || second === undefined ? undefined : first - second
}
