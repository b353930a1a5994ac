import { z } from 'zod'
import { nativeAddon } from '../native/addon.js'
import type { NativeSampleOptions, Precision } from '../native/contract.js'
import { type ExecutionOptions, execute, executionShape } from '../native/execution.js'
import { requireSize } from '../native/sizes.js'
import {
  classCount,
  nonNegativeInteger,
  nonNegativeNumber,
  parseOptions,
  positiveInteger,
  positiveNumber,
  seed,
} from '../native/validation.js'
import { axisFeatures, type Features, randomOrthonormalFeatures } from './features.js'
import { PatchData } from './patch-data.js'
import { describeRegime, type Regime } from './regime.js'
import { type Strength, strengthRange, strengthSchema } from './strength.js'

const patchCount = nonNegativeInteger(1e6)

export const patchDistributionShape = {
  classes: classCount.meta({ description: 'k, number of classes' }),
  dimension: positiveInteger().meta({ description: 'd, numbers per patch; at least 2k' }),
  robustPatches: patchCount.meta({
    description: '|J_R|, patches with a robust feature',
  }),
  nonRobustPatches: patchCount.meta({
    description: '|J_NR|, patches with a non-robust feature',
  }),
  robustStrength: strengthSchema.meta({ description: 'α, strength of robust features' }),
  nonRobustStrength: strengthSchema.meta({ description: 'β, strength of non-robust features' }),
  noise: nonNegativeNumber.default(0).meta({ description: 'σ_n, standard deviation of the patch noise' }),
  features: z
    .enum(['axis', 'random'])
    .default('axis')
    .meta({ description: 'axis-parallel or random orthonormal' }),
  positions: z
    .enum(['fixed', 'shuffled'])
    .default('fixed')
    .meta({ description: 'order of patches in a sample' }),
}

const optionsSchema = z.strictObject({ ...patchDistributionShape, seed: seed.default(0) })

const sampleSchema = z.strictObject({
  stream: z.string({ error: 'text' }).min(1, { error: 'a name' }).default('train'),
  parts: z.enum(['all', 'robust', 'nonRobust']).default('all'),
  precision: z.enum(['float32', 'float64']).default('float32'),
  ...executionShape,
})

const regimeSchema = z.strictObject({ power: positiveNumber, radius: nonNegativeNumber })

/** Options of a `PatchDistribution`. */
export interface PatchDistributionOptions {
  /** k ≥ 2, number of classes. */
  readonly classes: number
  /** d ≥ 2k, numbers per patch. */
  readonly dimension: number
  /** |J_R| ≥ 0, patches with a robust feature. */
  readonly robustPatches: number
  /** |J_NR| ≥ 0, patches with a non-robust feature. */
  readonly nonRobustPatches: number
  /** α ≥ 0, strength of robust features. */
  readonly robustStrength: Strength
  /** β ≥ 0, strength of non-robust features. */
  readonly nonRobustStrength: Strength
  /** σ_n ≥ 0, standard deviation of the patch noise in each of its d numbers; default 0. */
  readonly noise?: number | undefined
  /** `axis` (default): u_i = e_i, v_i = e_{k+i}; `random`: a random orthonormal system. */
  readonly features?: 'axis' | 'random' | undefined
  /** Order of patches in a sample: `fixed` (default), robust ones first, or `shuffled` in each. */
  readonly positions?: 'fixed' | 'shuffled' | undefined
  /** Root seed of everything drawn; default 0. */
  readonly seed?: number | undefined
}

/** Options of `PatchDistribution.sample`. */
export interface SampleOptions extends ExecutionOptions {
  /** Name of the random stream; other names give independent samples (default `train`). */
  readonly stream?: string | undefined
  /**
   * `all` (default), `robust`: X_R, the non-robust patches keep only their noise, `nonRobust`: X_NR, the other way
   * round. The same stream gives the same labels, strengths and noise for all three.
   */
  readonly parts?: 'all' | 'robust' | 'nonRobust' | undefined
  /** Default `float32`; the float32 sample is the float64 one, rounded. */
  readonly precision?: Precision | undefined
}

/**
 * The structured data of arXiv 2410.08503, Definition 2.2: a label y uniform on k classes; patch p is α_p u_y + ξ_p
 * for the `robustPatches` and β_p v_y + ξ_p for the `nonRobustPatches`, with noise ξ_p ~ N(0, σ_n² I_d). All u_i, v_i
 * are orthonormal.
 *
 * Everything drawn is a function of (seed, stream, sample): see docs/numerics.md.
 */
export class PatchDistribution implements Features {
  /** As given, with the defaults of what was left out. */
  readonly options: {
    readonly [Name in keyof PatchDistributionOptions]-?: NonNullable<PatchDistributionOptions[Name]>
  }
  /** u_1 … u_k, k × d. Do not change it. */
  readonly robustFeatures: Float64Array
  /** v_1 … v_k, k × d. Do not change it. */
  readonly nonRobustFeatures: Float64Array

  /**
   * @param options sizes and strengths; the rest has defaults
   * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`; d < 2k, 2k·d > 2²⁸, or no patches at all
   */
  constructor(options: PatchDistributionOptions) {
    const checked = z
      .strictObject(optionsSchema.shape)
      .refine(({ classes, dimension }) => dimension >= 2 * classes, {
        error: 'at least 2·`classes`, for 2k orthonormal features',
        path: ['dimension'],
      })
      .refine(({ robustPatches, nonRobustPatches }) => robustPatches + nonRobustPatches > 0, {
        error: 'positive where `nonRobustPatches` is 0',
        path: ['robustPatches'],
      })
    this.options = parseOptions(checked, options, 'distribution', 'options')
    const { classes, dimension, features, seed } = this.options
    requireSize('2 · `classes` · `dimension`', 2 * classes * dimension)
    const system =
      features === 'axis'
        ? axisFeatures(classes, dimension)
        : randomOrthonormalFeatures(classes, dimension, seed)
    this.robustFeatures = system.robustFeatures
    this.nonRobustFeatures = system.nonRobustFeatures
  }

  /** k. */
  get classes(): number {
    return this.options.classes
  }
  /** d. */
  get dimension(): number {
    return this.options.dimension
  }
  /** P. */
  get patches(): number {
    return this.options.robustPatches + this.options.nonRobustPatches
  }

  /**
   * Draws N samples off the main thread.
   *
   * @param samples N ≥ 0
   * @param options default: stream `train`, all parts, `float32`
   * @throws RobustFeaturesError `INVALID_ARGUMENT`, `UNKNOWN_OPTION`, `OUT_OF_MEMORY`, `ABORTED`
   */
  async sample(samples: number, options: SampleOptions = {}): Promise<PatchData> {
    const { stream, parts, precision, ...execution } = parseOptions(sampleSchema, options, 'options')
    const count = parseOptions(nonNegativeInteger(), samples, 'samples')
    return execute(
      execution,
      async (native) =>
        new PatchData(
          await nativeAddon().samplePatchData({
            ...this.#nativeOptions(),
            ...native,
            samples: count,
            stream,
            parts,
            precision,
          }),
        ),
    )
  }

  /**
   * Which assumptions of the paper these options meet, in numbers and words: α against β, the density ratio
   * c = Σ β^q / Σ α^q, and ε against σ_n √d.
   *
   * @param options `power` q > 0 of the activation, `radius` ε ≥ 0 of a patch
   * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
   */
  regime(options: { power: number; radius: number }): Regime {
    return describeRegime(this.options, parseOptions(regimeSchema, options, 'regime', 'options'))
  }

  #nativeOptions(): Omit<NativeSampleOptions, 'samples' | 'stream' | 'parts' | 'precision' | 'threads'> {
    const { classes, dimension, robustPatches, nonRobustPatches, noise, positions, seed } = this.options
    return {
      classes,
      dimension,
      robustPatches,
      nonRobustPatches,
      robustStrength: strengthRange(this.options.robustStrength),
      nonRobustStrength: strengthRange(this.options.nonRobustStrength),
      noise,
      robustFeatures: this.robustFeatures,
      nonRobustFeatures: this.nonRobustFeatures,
      shuffled: positions === 'shuffled',
      seed,
    }
  }
}
