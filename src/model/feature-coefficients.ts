import type { Features } from '../data/features.js'
import { requireFeatures } from '../data/require-features.js'
import { describeValue } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'
import { requireObject } from '../native/instances.js'
import type { PatchNetwork } from './patch-network.js'

/** Filters on patches: a network's, or those of a layer; `weights` has a row of d for each. */
export type PatchFilters = Pick<PatchNetwork, 'classes' | 'dimension' | 'weights'>

/** Inner products of all filters with all features, f × k row-major each (f = k·m, class by class). */
export interface FeatureCoefficients {
  /** ⟨w_{i,r}, u_j⟩. */
  readonly robust: Float64Array
  /** ⟨w_{i,r}, v_j⟩. */
  readonly nonRobust: Float64Array
}

/** What each class has learned of its own features. */
export interface LearnedFeatures {
  /** max_r ⟨w_{i,r}, u_i⟩ for every class i. */
  readonly robust: readonly number[]
  /** max_r ⟨w_{i,r}, v_i⟩ for every class i. */
  readonly nonRobust: readonly number[]
}

/**
 * ⟨w_{i,r}, u_j⟩ and ⟨w_{i,r}, v_j⟩ of a network, or of any filters on patches.
 *
 * @param network or filters, f × d
 * @param features of the same dimension and number of classes
 * @throws RobustFeaturesError `INVALID_ARGUMENT` when network and features differ in dimension or number of classes
 */
export function featureCoefficients(network: PatchFilters, features: Features): FeatureCoefficients {
  requireSameDimension(network, features)
  const { dimension, weights } = network
  const products = (matrix: Float64Array) => {
    const filters = weights.length / dimension
    const out = new Float64Array(filters * features.classes)
    for (let f = 0; f < filters; f++) {
      for (let j = 0; j < features.classes; j++) {
        let sum = 0
        for (let e = 0; e < dimension; e++) {
          sum += (weights[f * dimension + e] ?? 0) * (matrix[j * dimension + e] ?? 0)
        }
        out[f * features.classes + j] = sum
      }
    }
    return out
  }
  return { robust: products(features.robustFeatures), nonRobust: products(features.nonRobustFeatures) }
}

/**
 * The largest coefficient of each class's filters on its own features.
 *
 * @param coefficients of a network, or of a record that `readHistory` gives
 * @param classes k
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for other objects, and for arrays with an element that is no finite
 *   number, as JSON has null for NaN
 */
export function learnedFeatures(
  coefficients: Readonly<Record<keyof FeatureCoefficients, Float64Array | readonly number[]>>,
  classes: number,
): LearnedFeatures {
  requireObject(coefficients, 'coefficients')
  requireNumbers(coefficients.robust, 'coefficients.robust')
  requireNumbers(coefficients.nonRobust, 'coefficients.nonRobust')
  if (!Number.isInteger(classes) || classes < 2) throw wrong('classes', 'an integer of at least 2', classes)
  const largest = (matrix: Float64Array | readonly number[]) => {
    const perClass = matrix.length / classes / classes
    const found = new Array<number>(classes).fill(Number.NEGATIVE_INFINITY)
    for (let filter = 0; filter < matrix.length / classes; filter++) {
      const i = Math.floor(filter / perClass)
      found[i] = Math.max(found[i] ?? Number.NaN, matrix[filter * classes + i] ?? Number.NaN)
    }
    return found
  }
  return { robust: largest(coefficients.robust), nonRobust: largest(coefficients.nonRobust) }
}

/** A Float64Array as it is; an array, which may be from a file, with nothing but finite numbers in it. */
function requireNumbers(values: unknown, name: string): void {
  if (values instanceof Float64Array) return
  if (!Array.isArray(values)) throw wrong(name, 'a Float64Array or an array of numbers', values)
  const index = values.findIndex((value) => !Number.isFinite(value))
  if (index !== -1) throw wrong(`${name}[${index}]`, 'a finite number', values[index])
}

function wrong(name: string, expected: string, found: unknown): RobustFeaturesError {
  const message = `Expected \`${name}\` to be ${expected}, got ${describeValue(found)}.`
  return new RobustFeaturesError('INVALID_ARGUMENT', message)
}

export function requireSameDimension(network: PatchFilters, features: Features): void {
  requireFeatures(features, 'features')
  if (network.dimension === features.dimension && network.classes === features.classes) return
  throw new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected \`features\` to be of ${network.classes} classes and dimension ${network.dimension}, ` +
      `got ${features.classes} classes and dimension ${features.dimension}.`,
  )
}
