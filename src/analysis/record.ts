import { RobustFeaturesError } from '../native/errors.js'
import { requireObject, requireObjects } from '../native/instances.js'
import type { Interval, Measurement } from './statistics.js'

/** What a measurement says of a claim; see `judge` and `judgeAll`. */
export type Verdict = 'reproduced' | 'not reproduced' | 'inconclusive'

/** A bound on a measured mean or on an end of its 95 % interval. */
export interface Criterion {
  /** What is compared: an end of the 95 % interval, or the mean. */
  readonly statistic: 'lower' | 'upper' | 'mean'
  /** How it must stand to `threshold`. */
  readonly relation: '>=' | '<='
  /** In the unit of the measurement. */
  readonly threshold: number
  /** For readers: "lower end of the 95 % interval of v/u ≥ 2". */
  readonly text: string
}

/** A criterion and the measurement it is about. */
export interface Condition {
  /** Over seeds. */
  readonly measured: Measurement
  /** What `measured` must meet. */
  readonly criterion: Criterion
}

/** One claim, what its source reports, what was measured, and the verdict that follows. */
export interface ExperimentRecord {
  /** Unique among all records. */
  readonly id: string
  /** Name of the experiment that made it. */
  readonly experiment: string
  /** Absent for synthetic data. */
  readonly dataset?: string
  /** As a sentence. */
  readonly claim: string
  /** Where the claim stands, such as "Theorem 4.3". */
  readonly source: string
  /** What the source states; null when it gives no number. */
  readonly reported: string | number | null
  /** The first condition's. */
  readonly measured: Measurement
  /** The conditions' texts, joined by "and". */
  readonly criterion: string
  /** All must hold. */
  readonly conditions: readonly Condition[]
  /** `judgeAll` of the conditions. */
  readonly verdict: Verdict
  /** Options of the runs that were measured. */
  readonly config: Readonly<Record<string, unknown>>
  /** Root seeds of those runs. */
  readonly seeds: readonly number[]
}

/**
 * The verdict on one criterion: `reproduced` when it holds on the stated statistic, `not reproduced` when even the
 * interval's end in its favour contradicts it, `inconclusive` in between, and with fewer than two seeds.
 *
 * @param condition a measurement and what it must meet
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for another object
 */
export function judge(condition: Condition): Verdict {
  requireCondition(condition)
  const { measured, criterion } = condition
  const { ci95, value, n } = measured
  if (ci95 === null || n < 2 || ![ci95.lower, ci95.upper, value].every(Number.isFinite)) return 'inconclusive'
  if (holds(statisticOf(criterion, ci95, value), criterion)) return 'reproduced'
  return [ci95.lower, ci95.upper].some((end) => holds(end, criterion)) ? 'inconclusive' : 'not reproduced'
}

/**
 * The verdict on several criteria of which all must hold: `not reproduced` when one fails, `reproduced` when every one
 * is, else `inconclusive`.
 *
 * @param conditions at least one
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for no criteria, which nothing could fail
 */
export function judgeAll(conditions: readonly Condition[]): Verdict {
  requireObjects(conditions, 'conditions')
  if (conditions.length === 0) {
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      'Expected `conditions` to hold at least one criterion, got none.',
    )
  }
  const verdicts = conditions.map((condition) => judge(condition))
  if (verdicts.includes('not reproduced')) return 'not reproduced'
  return verdicts.every((verdict) => verdict === 'reproduced') ? 'reproduced' : 'inconclusive'
}

/**
 * A record whose verdict and criterion follow from its conditions; `measured` is the first condition's.
 *
 * @param fields what the conditions do not say
 * @param conditions at least one; all must hold
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for no conditions
 */
export function createRecord(
  fields: Omit<ExperimentRecord, 'measured' | 'criterion' | 'conditions' | 'verdict'>,
  conditions: readonly [Condition, ...Condition[]],
): ExperimentRecord {
  requireObject(fields, 'fields')
  const verdict = judgeAll(conditions)
  const { config, seeds, ...claim } = fields
  return {
    ...claim,
    measured: conditions[0].measured,
    criterion: conditions.map(({ criterion }) => criterion.text).join(' and '),
    conditions,
    verdict,
    config,
    seeds,
  }
}

function requireCondition(condition: Condition): void {
  requireObject(condition, 'condition')
  const { measured, criterion } = condition
  requireObject(measured, 'condition.measured')
  requireObject(criterion, 'condition.criterion')
  if (measured.ci95 !== null) requireObject(measured.ci95, 'condition.measured.ci95')
}

function statisticOf({ statistic }: Criterion, interval: Interval, value: number): number {
  return statistic === 'mean' ? value : interval[statistic]
}

function holds(value: number, { relation, threshold }: Criterion): boolean {
  return relation === '>=' ? value >= threshold : value <= threshold
}
