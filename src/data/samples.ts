import type { FloatArray, Precision } from '../native/contract.js'
import { describeValue } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'

/** Labelled samples of either kind, as attacks and evaluations see them. */
export interface Samples {
  /** Of the inputs, and of all computations on them. */
  readonly precision: Precision
  /** N. */
  readonly samples: number
  /** k. */
  readonly classes: number
  /** Numbers an attacker may change per sample. */
  readonly inputSize: number
  /** d, numbers per patch, of samples that have patches. */
  readonly dimension?: number
  /**
   * Copies of inputs, count × inputSize.
   *
   * @param first of the samples, from 0
   * @param count how many; default: all from there on
   * @throws RobustFeaturesError `INVALID_ARGUMENT` for samples that are not there
   */
  inputs(first?: number, count?: number): FloatArray
  /** A copy of the N labels. */
  labels(): Int32Array
  /**
   * New data of some samples.
   *
   * @param indices from 0, in the order wanted; repeats allowed
   * @throws RobustFeaturesError `INVALID_ARGUMENT` for an index out of range
   */
  select(indices: ArrayLike<number>): Samples
}

/**
 * Checks positions of samples.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for an index out of range
 */
export function requireIndices(indices: ArrayLike<number>, samples: number): Int32Array {
  const positions = Array.from(indices)
  const wrong = positions.findIndex((index) => !(Number.isInteger(index) && index >= 0 && index < samples))
  if (wrong !== -1) {
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      `Expected \`indices[${wrong}]\` to be an integer from 0 to ${samples - 1}, got ${describeValue(positions[wrong])}.`,
    )
  }
  return Int32Array.from(positions)
}
