import type { FloatArray } from './contract.js'
import { describeValue } from './describe.js'
import { RobustFeaturesError } from './errors.js'

type TypedArray = FloatArray | Int32Array | BigInt64Array | Uint8Array

/**
 * Checks an array of numbers that a user hands over: its type, its length, a plain buffer that stays where it is.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function requireTypedArray<Type extends TypedArray>(
  value: unknown,
  name: string,
  types: readonly (new (length: number) => Type)[],
  length?: number,
): Type {
  const expected = types.map((type) => type.name).join(' or ')
  const array = types.some((type) => value instanceof type) ? (value as Type) : undefined
  if (array === undefined) throw invalid(name, expected, describeValue(value))
  const buffer = array.buffer as ArrayBuffer & { detached?: boolean; resizable?: boolean }
  if (typeof SharedArrayBuffer !== 'undefined' && array.buffer instanceof SharedArrayBuffer) {
    throw invalid(name, `${expected} on an ArrayBuffer`, 'one on a SharedArrayBuffer')
  }
  if (buffer.resizable === true)
    throw invalid(name, `${expected} on a buffer of fixed size`, 'a resizable one')
  if (length !== undefined && array.length !== length) {
    throw invalid(name, `${length} numbers long`, String(array.length))
  }
  return array
}

/**
 * The same, of numbers that must all be finite.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function requireFiniteArray<Type extends FloatArray>(
  value: unknown,
  name: string,
  types: readonly (new (length: number) => Type)[],
  length: number,
): Type {
  const array = requireTypedArray(value, name, types, length)
  const wrong = array.findIndex((number) => !Number.isFinite(number))
  if (wrong === -1) return array
  throw invalid(`${name}[${wrong}]`, 'a finite number', String(array[wrong]))
}

function invalid(name: string, expected: string, found: string): RobustFeaturesError {
  return new RobustFeaturesError('INVALID_ARGUMENT', `Expected \`${name}\` to be ${expected}, got ${found}.`)
}
