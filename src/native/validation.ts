import leven from 'leven'
import { z } from 'zod'
import { describeValue, inlineText, withArticle } from './describe.js'
import { RobustFeaturesError } from './errors.js'

/**
 * Checks `value` with a zod schema and returns its parsed output.
 *
 * A message given to a schema with `error` is the phrase that follows "to be": `z.number({ error: 'a positive
 * number' })` reports "Expected `radius` to be a positive number, got -1." Phrases of plain types, limits,
 * enumerations and unions are made here.
 *
 * @param name what the value is called in messages about itself; its fields go by their own path,
 *   such as `attacks[0].radius`
 * @param whole what the caller gave it as, where `name` is that of the function it was given to
 * @throws RobustFeaturesError with one sentence about the first problem: `UNKNOWN_OPTION` for a misspelled option,
 *   else `INVALID_ARGUMENT`
 */
export function parseOptions<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  name: string,
  whole = name,
): z.output<Schema> {
  const result = schema.safeParse(value, { error: expectationOf })
  if (result.success) return result.data
  throw toError(result.error.issues, value, { name, whole })
}

/** A finite number greater than 0. */
export const positiveNumber = z
  .number({ error: 'a positive number' })
  .positive({ error: 'a positive number' })

/** A finite number of at least 0. */
export const nonNegativeNumber = z
  .number({ error: 'a non-negative number' })
  .nonnegative({ error: 'a non-negative number' })

/** Any number but NaN and ±Infinity. */
export const finiteNumber = z.number({ error: 'a finite number' })

/** A finite number in [0, 1]. */
export const fraction = z
  .number({ error: 'a number from 0 to 1' })
  .min(0, { error: 'a number from 0 to 1' })
  .max(1, { error: 'a number from 0 to 1' })

/** An integer from 0 to 2^53 − 1. */
export const seed = integerBetween(0, Number.MAX_SAFE_INTEGER, 'an integer from 0 to 2^53 − 1')

/** k: how many classes networks, data and attacks may have. */
export const classCount = integerBetween(2, 100000)

export function nonNegativeInteger(maximum = 2 ** 31 - 1) {
  return integerBetween(0, maximum)
}

export function positiveInteger(maximum = 2 ** 31 - 1) {
  return integerBetween(1, maximum)
}

/** An integer with both limits in its message. */
export function integerBetween(
  minimum: number,
  maximum: number,
  error = `an integer from ${minimum} to ${maximum}`,
) {
  return z.int({ error }).min(minimum, { error }).max(maximum, { error })
}

/**
 * The `error` of a union that takes objects beside other values: `phrase` for the others; what is wrong inside an object
 * is told by itself.
 */
export function unlessObject(phrase: string) {
  return ({ input }: { input?: unknown }) => (isPlainObject(input) ? undefined : phrase)
}

type Issue = z.core.$ZodIssue
type RawIssue = z.core.$ZodRawIssue
type Path = readonly PropertyKey[]

interface Problem {
  path: Path
  issue: Issue
}

function toError(
  issues: readonly Issue[],
  value: unknown,
  { name, whole }: { name: string; whole: string },
): RobustFeaturesError {
  const { path, issue } = firstProblem(issues, [])
  const found = valueAt(value, path)
  const shown = formatPath(path, whole)
  if (issue.code === 'unrecognized_keys') {
    // A typed array, Map or Date is an object to zod, and its elements would be reported as options.
    if (!isPlainObject(found)) return invalid(shown, 'an object', found)
    const key = inlineText(issue.keys[0] ?? '')
    return new RobustFeaturesError(
      'UNKNOWN_OPTION',
      `Unknown option \`${key}\` in \`${formatPath(path, name)}\`; ${issue.message}`,
    )
  }
  return invalid(shown, expectation(issue), found, endingFor(issue, found))
}

function invalid(shown: string, expected: string, found: unknown, ending = '.'): RobustFeaturesError {
  return new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected \`${shown}\` to be ${expected}, got ${describeValue(found)}${ending}`,
  )
}

/** A misspelled option also leaves its true name missing, so unknown options are told first. */
function firstProblem(issues: readonly Issue[], parent: Path): Problem {
  const issue = issues.find(({ code }) => code === 'unrecognized_keys') ?? issues[0]
  if (issue === undefined)
    throw new RobustFeaturesError('NATIVE_FAILURE', 'Expected a failed check to name an issue, got none.')
  const path = [...parent, ...issue.path]
  if (issue.code === 'invalid_union' && issue.message === '') {
    const inside = issue.errors.filter(reachesInside).sort((a, b) => a.length - b.length)[0]
    if (inside !== undefined) return firstProblem(inside, path)
  }
  return { path, issue }
}

/** Whether a union's branch accepted the value's type and objects to something in it. */
function reachesInside(issues: readonly Issue[]): boolean {
  return issues.some(({ code, path }) => code === 'unrecognized_keys' || path.length > 0)
}

function expectation(issue: Issue): string {
  if (issue.message !== '') return issue.message
  if (issue.code !== 'invalid_union') return 'valid'
  const phrases = issue.errors.flatMap((issues) => issues.slice(0, 1)).map(expectation)
  return [...new Set(phrases)].join(' or ')
}

function endingFor(issue: Issue, found: unknown): string {
  const near = typeof found === 'string' ? nearest(found, choicesOf(issue)) : undefined
  return near === undefined ? '.' : `; did you mean '${near}'?`
}

function choicesOf(issue: Issue): string[] {
  if (issue.code === 'invalid_value') return issue.values.filter((choice) => typeof choice === 'string')
  if (issue.code !== 'invalid_union') return []
  const own = ('options' in issue ? (issue.options ?? []) : []).filter((choice) => typeof choice === 'string')
  return [...own, ...issue.errors.flat().flatMap(choicesOf)]
}

/** The phrase after "to be" for issues whose schema states none; for unknown options, the end of the sentence. */
function expectationOf(issue: RawIssue): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return knownNames(issue)
    case 'invalid_type':
      return typePhrase(String(issue.expected))
    case 'invalid_value':
      return oneOf(issue.values as unknown[])
    case 'invalid_union':
      return Array.isArray(issue.options) ? oneOf(issue.options) : ''
    case 'too_small':
      return limitPhrase(issue, Number(issue.minimum), issue.inclusive ? 'at least' : 'greater than')
    case 'too_big':
      return limitPhrase(issue, Number(issue.maximum), issue.inclusive ? 'at most' : 'less than')
    case 'not_multiple_of':
      return `a multiple of ${issue.divisor}`
    case 'invalid_format':
      return issue.format === 'regex' ? 'text of the documented form' : `a valid ${issue.format}`
    case 'invalid_key':
      return 'an object with valid names'
    default:
      return 'valid'
  }
}

function knownNames(issue: RawIssue): string {
  const definition = issue.inst?._zod.def as { shape?: Record<string, unknown> } | undefined
  const names = Object.keys(definition?.shape ?? {})
  const [unknown = ''] = (issue.keys as string[] | undefined) ?? []
  const near = nearest(unknown, names)
  if (near !== undefined) return `did you mean \`${near}\`?`
  return names.length === 0 ? 'it takes none.' : `it takes ${names.map((name) => `\`${name}\``).join(', ')}.`
}

function nearest(unknown: string, names: readonly string[]): string | undefined {
  const lower = unknown.toLowerCase().slice(0, 100)
  const [best] = names
    .map((name) => ({ name, distance: leven(lower, name.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)
  return best !== undefined && best.distance <= Math.ceil(best.name.length * 0.4) ? best.name : undefined
}

function oneOf(values: readonly unknown[]): string {
  const choices = values.map(describeValue)
  return choices.length === 1 ? `${choices[0]}` : `one of ${choices.join(', ')}`
}

const TYPE_PHRASES: Readonly<Record<string, string>> = {
  number: 'a finite number',
  int: 'an integer',
  boolean: 'true or false',
  string: 'text',
  record: 'an object',
  nan: 'NaN',
  null: 'null',
  undefined: 'left out',
  never: 'left out',
}

function typePhrase(expected: string): string {
  return TYPE_PHRASES[expected] ?? withArticle(expected)
}

function limitPhrase(issue: RawIssue, limit: number, relation: string): string {
  switch (issue.origin) {
    case 'string':
      return `text of ${relation} ${limit} character${limit === 1 ? '' : 's'}`
    case 'array':
    case 'set':
    case 'map':
      return `${withArticle(String(issue.origin))} of ${relation} ${limit} element${limit === 1 ? '' : 's'}`
    default:
      return `a number ${relation} ${limit}`
  }
}

function formatPath(path: Path, name: string): string {
  if (path.length === 0) return name
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text === '' ? name : text}[${key}]`
    const part = inlineText(String(key))
    if (!/^[\w$-]+$/.test(part)) return `${text}['${part}']`
    return text === '' ? part : `${text}.${part}`
  }, '')
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (container, key) =>
      typeof container === 'object' && container !== null && Object.hasOwn(container, key)
        ? (container as Record<PropertyKey, unknown>)[key]
        : undefined,
    value,
  )
}

function isPlainObject(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
