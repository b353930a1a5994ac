import { describeValue, withArticle } from './describe.js'
import { RobustFeaturesError } from './errors.js'

/**
 * Checks that a value a user hands over is an object of the library.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function requireInstance<Type>(
  value: unknown,
  type: abstract new (...parameters: never[]) => Type,
  name: string,
): Type {
  if (value instanceof type) return value
  throw new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected \`${name}\` to be ${withArticle(type.name)}, got ${describeValue(value)}.`,
  )
}

/**
 * Checks the arrays of features, of a `PatchDistribution` or an object like it.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function requireFeatures(value: unknown, name: string): void {
  const features = Object(value) as Record<string, unknown>
  if (features.robustFeatures instanceof Float64Array && features.nonRobustFeatures instanceof Float64Array)
    return
  throw new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected \`${name}\` to have robustFeatures and nonRobustFeatures, such as a PatchDistribution, ` +
      `got ${describeValue(value)}.`,
  )
}
