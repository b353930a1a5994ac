import { z } from 'zod'
import { canonicalJson } from '../data/canonical-json.js'
import { nativeAddon } from '../native/addon.js'
import { RobustFeaturesError } from '../native/errors.js'
import { parseOptions, positiveInteger, seed } from '../native/validation.js'
import { type Parameter, parameterSchema, valueAtFraction } from './parameters.js'

/** So many fit into memory and tables with room to spare. */
export const MAXIMUM_POINTS = 100_000

const sampledShape = { count: positiveInteger(MAXIMUM_POINTS), seed: seed.default(1) }

/** Which points of the parameters' space are taken. */
export const designSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('grid') }),
  z.strictObject({ kind: z.literal('random'), ...sampledShape }),
  z.strictObject({ kind: z.literal('latinHypercube'), ...sampledShape }),
])

/** Options by dotted name, each with what it runs over. */
export const parametersSchema = z
  .record(z.string(), parameterSchema)
  .refine((parameters) => Object.keys(parameters).length > 0, {
    error: 'an object with at least one parameter',
  })

export type Design = z.input<typeof designSchema>
/** A value for every parameter. */
export type DesignPoint = Readonly<Record<string, unknown>>

/**
 * The points of a design. `grid`: every combination of the parameters' lists, the last parameter running fastest.
 * `random`: `count` points, each value drawn by itself, uniform on its parameter's scale. `latinHypercube`: `count`
 * points such that every parameter has one value in each of `count` equal parts of its scale, the parts joined at
 * random. What is drawn for a parameter depends on the design's seed, the count and the parameter's name alone.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`: no parameters, an empty list, a value listed twice, a range in a grid,
 *   more than 100,000 points
 */
export function designPoints(design: Design, parameters: Readonly<Record<string, unknown>>): DesignPoint[] {
  const plan = parseOptions(z.strictObject({ design: designSchema }), { design }, 'config').design
  const spaces = Object.entries(
    parseOptions(z.strictObject({ parameters: parametersSchema }), { parameters }, 'config').parameters,
  )
  for (const [name, space] of spaces) if (Array.isArray(space)) requireDistinct(name, space)
  if (plan.kind === 'grid') return gridPoints(spaces)
  const columns = spaces.map(([name, space]) => {
    const fractions = plan.kind === 'random' ? uniform(name, plan) : stratified(name, plan)
    return [name, Array.from(fractions, (fraction) => valueAtFraction(space, fraction))] as const
  })
  return Array.from({ length: plan.count }, (_, point) =>
    Object.fromEntries(columns.map(([name, values]) => [name, values[point]])),
  )
}

function gridPoints(spaces: readonly (readonly [string, Parameter])[]): DesignPoint[] {
  const lists = spaces.map(([name, space]) => {
    if (Array.isArray(space)) return [name, space] as const
    throw invalid(`parameters['${name}']`, 'a list of values in a grid', 'a range')
  })
  const count = lists.reduce((product, [, values]) => product * values.length, 1)
  if (count > MAXIMUM_POINTS)
    throw invalid('parameters', `lists of at most ${MAXIMUM_POINTS} combinations`, `${count}`)
  return lists.reduce<DesignPoint[]>(
    (points, [name, values]) =>
      points.flatMap((point) => values.map((value) => ({ ...point, [name]: value }))),
    [{}],
  )
}

type Sampled = Readonly<{ count: number; seed: number }>

function uniform(name: string, { count, seed }: Sampled): Float64Array {
  return nativeAddon().random.uniform(seed, `sweep/${name}`, 0, count)
}

/** One fraction in each of `count` equal parts of [0, 1), in random order. */
function stratified(name: string, { count, seed }: Sampled): Float64Array {
  const order = nativeAddon().random.permutation(seed, `sweep/${name}/order`, 0, count)
  return uniform(name, { count, seed }).map((within, point) => ((order[point] ?? 0) + within) / count)
}

function requireDistinct(name: string, values: readonly unknown[]): void {
  const texts = values.map(canonicalJson)
  const again = texts.find((text, position) => texts.indexOf(text) < position)
  if (again !== undefined)
    throw invalid(`parameters['${name}']`, 'a list of different values', `${again} more than once`)
}

function invalid(name: string, expected: string, found: string): RobustFeaturesError {
  return new RobustFeaturesError('INVALID_ARGUMENT', `Expected \`${name}\` to be ${expected}, got ${found}.`)
}
