import { createHash } from 'node:crypto'
import { describeValue } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'

/**
 * JSON with sorted names and no white space: equal values give equal text, whatever order they were written in.
 * Fields that are `undefined` are left out; typed arrays of numbers are written as arrays; −0 is written as 0.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for what JSON cannot hold: NaN, ±Infinity, functions, class
 *   instances, cycles
 */
export function canonicalJson(value: unknown): string {
  return write(value, 'value', new Set())
}

/** The first 12 hexadecimal digits of the SHA-256 of the value's canonical JSON. */
export function configHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex').slice(0, 12)
}

function write(value: unknown, path: string, parents: ReadonlySet<object>): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  if (typeof value !== 'object') throw unsupported(path, value)
  if (parents.has(value)) throw unsupported(path, value, 'a reference to itself')
  const inside = new Set(parents).add(value)
  const elements = elementsOf(value)
  if (elements !== undefined)
    return `[${elements.map((element, index) => write(element, `${path}[${index}]`, inside)).join(',')}]`
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw unsupported(path, value)
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${write(field, `${path}.${name}`, inside)}`)
  return `{${fields.join(',')}}`
}

function elementsOf(value: object): unknown[] | undefined {
  if (Array.isArray(value)) return Array.from(value)
  return ArrayBuffer.isView(value) && !(value instanceof DataView)
    ? Array.from(value as unknown as ArrayLike<unknown>)
    : undefined
}

function unsupported(path: string, value: unknown, found = describeValue(value)): RobustFeaturesError {
  return new RobustFeaturesError('INVALID_ARGUMENT', `Expected \`${path}\` to be a JSON value, got ${found}.`)
}
