import { type FeatureCoefficients, learnedFeatures } from '../model/feature-coefficients.js'
import type { TrainingRecord } from '../training/record.js'
import { mean } from './statistics.js'

/** Feature coefficients before update `iteration`. */
export interface RecordedCoefficients {
  readonly iteration: number
  readonly coefficients: FeatureCoefficients
}

/** What the classes have learned of their features at one iteration, averaged over them. */
export interface LearnedPoint {
  readonly iteration: number
  /** Mean over classes i of max_r ⟨w_{i,r}, u_i⟩. */
  readonly robust: number
  /** Mean over classes i of max_r ⟨w_{i,r}, v_i⟩. */
  readonly nonRobust: number
}

/** The records that carry coefficients. */
export function recordedCoefficients(history: readonly TrainingRecord[]): RecordedCoefficients[] {
  return history.flatMap(({ iteration, coefficients }) => (coefficients ? [{ iteration, coefficients }] : []))
}

export function learnedTrajectory(
  recorded: readonly RecordedCoefficients[],
  classes: number,
): LearnedPoint[] {
  return recorded.map(({ iteration, coefficients }) => {
    const { robust, nonRobust } = learnedFeatures(coefficients, classes)
    return { iteration, robust: mean(robust), nonRobust: mean(nonRobust) }
  })
}

/**
 * Σ_t |predicted − measured| / Σ_t |measured| over the points of one feature; 0 where both are 0 throughout.
 *
 * @param predicted at the iterations of `measured`
 */
export function relativeError(
  predicted: readonly LearnedPoint[],
  measured: readonly LearnedPoint[],
  feature: 'robust' | 'nonRobust',
): number {
  let error = 0
  let size = 0
  for (const [index, point] of measured.entries()) {
    error += Math.abs((predicted[index]?.[feature] ?? 0) - point[feature])
    size += Math.abs(point[feature])
  }
  return error === 0 ? 0 : error / size
}

/**
 * The phase switch: the iteration of the first point from which on the robust coefficient stays above the non-robust
 * one; null where it is not above at the end. 0 means that it has been above from the start.
 */
export function phaseSwitch(points: readonly LearnedPoint[]): number | null {
  const last = points.findLastIndex(({ robust, nonRobust }) => !(robust > nonRobust))
  return points[last + 1]?.iteration ?? null
}
