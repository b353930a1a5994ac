import { z } from 'zod'
import { executionShape } from '../native/execution.js'
import { positiveInteger, positiveNumber, seed } from '../native/validation.js'

export const MATCHED_KINDS = ['robust', 'non-robust'] as const
export const TARGETED_KINDS = ['targeted-random', 'targeted-next'] as const
export const FEATURE_KINDS = [...MATCHED_KINDS, ...TARGETED_KINDS] as const

/** Which images are constructed; see `extractFeatures`. */
export type FeatureKind = (typeof FEATURE_KINDS)[number]

/** Kinds that are moved toward another class. */
export type TargetedKind = (typeof TARGETED_KINDS)[number]

export function isTargeted(kind: FeatureKind): kind is TargetedKind {
  return (TARGETED_KINDS as readonly string[]).includes(kind)
}

export const STARTS = ['uniform', 'noise'] as const

const commonShape = {
  steps: positiveInteger(1e6).default(100).meta({ description: 'K, steps of every image' }),
  seed: seed.default(0).meta({ description: 'of the random starts and random labels' }),
  directory: z.string().optional().meta({ description: 'folder that keeps the progress and the result' }),
  onProgress: z
    .custom<(done: number, count: number, earlier: number) => void>((value) => typeof value === 'function', {
      error: 'a function',
    })
    .optional(),
  ...executionShape,
}

const matchedSchema = z.strictObject({
  kind: z.enum(MATCHED_KINDS),
  stepSize: positiveNumber.default(0.5).meta({ description: 'ℓ2 length of a step, in input space' }),
  start: z.enum(STARTS).default('uniform').meta({
    description: 'numbers uniform on [0, 1), or normal with every pixel’s own mean and deviation',
  }),
  layer: z
    .string({ error: 'the name of a layer' })
    .optional()
    .meta({ description: 'whose values are matched; default: what the last, dense layer reads' }),
  ...commonShape,
})

const targetedSchema = z.strictObject({
  kind: z.enum(TARGETED_KINDS),
  norm: z.enum(['l2', 'linf']).default('l2'),
  radius: positiveNumber.default(0.5).meta({ description: 'how far an image is moved, in input space' }),
  stepSize: positiveNumber.optional().meta({ description: 'length of a step; default: 2.5 radius / steps' }),
  ...commonShape,
})

export const extractFeaturesSchema = z.discriminatedUnion('kind', [matchedSchema, targetedSchema])

export type ExtractFeaturesOptions = z.input<typeof extractFeaturesSchema>
export type CheckedFeatureOptions = z.output<typeof extractFeaturesSchema>
export type MatchedOptions = z.output<typeof matchedSchema>
export type TargetedOptions = z.output<typeof targetedSchema>

/** Whether images are optimised from random starts, rather than moved toward another class. */
export function isMatched(options: CheckedFeatureOptions): options is MatchedOptions {
  return !isTargeted(options.kind)
}

/** Options that constructions of another kind have, and this has not. */
export function optionsOfOtherKinds(kind: FeatureKind): string[] {
  const shapes = [matchedSchema.shape, targetedSchema.shape]
  const own = shapes.find(({ kind: { options } }) => (options as readonly string[]).includes(kind)) ?? {}
  return shapes.flatMap(Object.keys).filter((name) => !Object.hasOwn(own, name))
}
