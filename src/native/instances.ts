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
  throw unlike(value, name, withArticle(type.name))
}

/**
 * Checks that a value a user hands over has fields, as options and records do.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function requireObject(value: unknown, name: string): void {
  if (typeof value !== 'object' || value === null) throw unlike(value, name, 'an object')
}

/**
 * Checks that a value a user hands over is an array of objects.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function requireObjects(value: unknown, name: string): void {
  if (!Array.isArray(value)) throw unlike(value, name, 'an array')
  value.forEach((element, index) => {
    requireObject(element, `${name}[${index}]`)
  })
}

/**
 * Checks that a value a user hands over may be the path of a file or folder.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function requirePath(value: unknown, name = 'path'): void {
  if (typeof value !== 'string') throw unlike(value, name, 'a path')
}

function unlike(value: unknown, name: string, expected: string): RobustFeaturesError {
  const message = `Expected \`${name}\` to be ${expected}, got ${describeValue(value)}.`
  return new RobustFeaturesError('INVALID_ARGUMENT', message)
}
