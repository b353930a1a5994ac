import { canonicalJson } from '../data/canonical-json.js'
import { describeValue, inlineText } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'
import type { FeatureConstruction } from './construction.js'

/** What fields are called, first those that others follow from. */
const NAMES: Readonly<Record<string, string>> = {
  kind: '`kind`',
  network: 'a `network` of SHA-256',
  'source.name': '`data` called',
  'source.split': '`data` of split',
  'source.count': '`data` whose number of images is',
  'source.images': '`data` whose images have SHA-256',
  'source.labels': '`data` whose labels have SHA-256',
  norm: '`norm`',
  radius: '`radius`',
  steps: '`steps`',
  layer: '`layer`',
  start: '`start`',
  seed: '`seed`',
}

/**
 * Refuses to put a set in the place of one of another construction.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`, with the first field that differs
 */
export function requireSameConstruction(
  found: unknown,
  expected: FeatureConstruction,
  directory: string,
): void {
  const [theirs, ours] = [fieldsOf(found), fieldsOf(expected)]
  const names = new Set([...Object.keys(NAMES), ...ours.keys(), ...theirs.keys()])
  const name = [...names].find((each) => !isEqual(theirs.get(each), ours.get(each)))
  if (name === undefined) return
  const what = NAMES[name] ?? `\`${inlineText(name)}\``
  throw new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected ${directory} to hold images made with ${what} ${described(ours.get(name))}, got ${described(theirs.get(name))}; choose another folder.`,
  )
}

function fieldsOf(construction: unknown): Map<string, unknown> {
  const { source, ...own } = Object(construction) as { source?: unknown }
  const ofSource = Object.entries(Object(source)).map(([name, value]) => [`source.${name}`, value] as const)
  return new Map([...Object.entries(own), ...ofSource])
}

function isEqual(a: unknown, b: unknown): boolean {
  return canonicalJson({ value: a }) === canonicalJson({ value: b })
}

/** Digests are told whole. */
function described(value: unknown): string {
  return typeof value === 'string' && /^[\da-f]{64}$/.test(value) ? value : describeValue(value)
}
