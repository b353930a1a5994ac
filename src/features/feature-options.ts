import { z } from 'zod'
import type { Norm } from '../native/contract.js'
import { type ExecutionOptions, executionShape } from '../native/execution.js'
import { positiveInteger, positiveNumber, seed } from '../native/validation.js'

export const MATCHED_KINDS = ['robust', 'non-robust'] as const
export const TARGETED_KINDS = ['targeted-random', 'targeted-next'] as const
export const FEATURE_KINDS = [...MATCHED_KINDS, ...TARGETED_KINDS] as const satisfies readonly FeatureKind[]

/** Which images are constructed; see `extractFeatures`. */
export type FeatureKind = 'robust' | 'non-robust' | 'targeted-random' | 'targeted-next'

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

interface CommonFeatureOptions extends ExecutionOptions {
  /** K, steps of every image; default 100. */
  readonly steps?: number | undefined
  /** Of the random starts and random labels; default 0. */
  readonly seed?: number | undefined
  /**
   * Folder that keeps the progress, which a call with the same network, data and options takes up, and the result for
   * `loadFeatures`; default: none is kept.
   */
  readonly directory?: string | undefined
  /**
   * Told how far it is, after every part of the images.
   *
   * @param done images that are finished
   * @param count of all images
   * @param earlier how many of `done` an earlier call had left
   */
  readonly onProgress?: ((done: number, count: number, earlier: number) => void) | undefined
}

/** Options of `extractFeatures` for images optimised from random starts. */
export interface MatchedFeatureOptions extends CommonFeatureOptions {
  /** Both are the same optimisation; the word says which network is given. */
  readonly kind: 'robust' | 'non-robust'
  /** η > 0, ℓ2 length of a step, in input space; default 0.5. */
  readonly stepSize?: number | undefined
  /** `uniform` (default): numbers uniform on [0, 1); `noise`: normal with each pixel's mean and deviation, clipped. */
  readonly start?: 'uniform' | 'noise' | undefined
  /** Name in `network.operations` of the layer g; default: what the last, dense layer reads. */
  readonly layer?: string | undefined
}

/** Options of `extractFeatures` for images moved toward another class. */
export interface TargetedFeatureOptions extends CommonFeatureOptions {
  /** The class t: drawn uniformly over all, or y + 1 mod k. */
  readonly kind: 'targeted-random' | 'targeted-next'
  /** Norm of the ball (default `l2`). */
  readonly norm?: Norm | undefined
  /** ε > 0, in input space; default 0.5. */
  readonly radius?: number | undefined
  /** Length of a step, in input space; default 2.5 ε/K. */
  readonly stepSize?: number | undefined
}

/** Options of `extractFeatures`. */
export type ExtractFeaturesOptions = MatchedFeatureOptions | TargetedFeatureOptions
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
