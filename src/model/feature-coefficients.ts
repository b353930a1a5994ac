import type { Features } from '../data/features.js'
import { requireFeatures } from '../data/require-features.js'
import { describeValue } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'
import { requireInstance, requireObject } from '../native/instances.js'
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
 * @param coefficients of a network
 * @param classes k
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for other objects
 */
export function learnedFeatures(coefficients: FeatureCoefficients, classes: number): LearnedFeatures {
  requireObject(coefficients, 'coefficients')
  requireInstance(coefficients.robust, Float64Array, 'coefficients.robust')
  requireInstance(coefficients.nonRobust, Float64Array, 'coefficients.nonRobust')
  if (!Number.isInteger(classes) || classes < 2)
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      `Expected \`classes\` to be an integer of at least 2, got ${describeValue(classes)}.`,
    )
  const largest = (matrix: Float64Array) => {
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

export function requireSameDimension(network: PatchFilters, features: Features): void {
  requireFeatures(features, 'features')
  if (network.dimension === features.dimension && network.classes === features.classes) return
  throw new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected \`features\` to be of ${network.classes} classes and dimension ${network.dimension}, ` +
      `got ${features.classes} classes and dimension ${features.dimension}.`,
  )
}
