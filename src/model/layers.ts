import { z } from 'zod'
import {
  finiteNumber,
  fraction,
  nonNegativeInteger,
  parseOptions,
  positiveInteger,
  positiveNumber,
} from '../native/validation.js'
import { type Activation, activationSchema } from './activation.js'

/** One layer of a `LayeredNetwork`: a plain object that the function of its kind makes. */
export type Layer =
  | {
      /** Made by `normalization`. */
      readonly kind: 'normalization'
      /** By channel, subtracted first. */
      readonly mean: readonly number[]
      /** By channel, divided by then; positive. */
      readonly deviation: readonly number[]
    }
  | {
      /** Made by `convolution`. */
      readonly kind: 'convolution'
      /** Of its output. */
      readonly channels: number
      /** Side of the kernel in pixels. */
      readonly window: number
      /** Distance of neighbouring windows in pixels. */
      readonly stride: number
      /** Zeros on each side of the input, below the window. */
      readonly padding: number
      /** Whether b_c is added. */
      readonly bias: boolean
    }
  | {
      /** Made by `dense`. */
      readonly kind: 'dense'
      /** Numbers of its output. */
      readonly units: number
      /** Whether b is added. */
      readonly bias: boolean
    }
  | {
      /** Made by `activation`. */
      readonly kind: 'activation'
      /** σ. */
      readonly activation: Activation
    }
  | {
      /** Made by `maxPooling` or `averagePooling`. */
      readonly kind: 'maxPooling' | 'averagePooling'
      /** Side of a window in pixels. */
      readonly window: number
      /** Distance of neighbouring windows in pixels. */
      readonly stride: number
      /** Pixels on each side of the input that do not count. */
      readonly padding: number
    }
  | {
      /** Made by `globalAveragePooling`. */
      readonly kind: 'globalAveragePooling'
    }
  | {
      /** Made by `batchNormalization`. */
      readonly kind: 'batchNormalization'
      /** Share by which a mini-batch moves the running statistics. */
      readonly momentum: number
      /** ε, added to variances. */
      readonly epsilon: number
    }
  | {
      /** Made by `residual`. */
      readonly kind: 'residual'
      /** At least one layer. */
      readonly body: readonly Layer[]
      /** None where x is added as it is. */
      readonly shortcut: readonly Layer[]
    }

const side = positiveInteger(1024)
const padding = nonNegativeInteger(1023).default(0)

/** Sizes that float32 and the engine hold without loss of sense. */
const moderate = (number: z.ZodNumber) => number.min(-1e30).max(1e30)
const normalizationShape = {
  mean: z.array(moderate(finiteNumber)),
  deviation: z.array(moderate(positiveNumber).min(1e-30)),
}
const convolutionShape = {
  channels: positiveInteger(65535),
  window: side.default(3),
  stride: side.default(1),
  padding,
  bias: z.boolean().default(true),
}
const denseShape = { units: positiveInteger(1e6), bias: z.boolean().default(true) }
const poolingShape = { window: side, stride: side.optional(), padding }
const EPSILON = 'a number from 1e-12 to 1e6'
const batchNormalizationShape = {
  momentum: fraction.default(0.1),
  epsilon: z
    .number({ error: EPSILON })
    .min(1e-12, { error: EPSILON })
    .max(1e6, { error: EPSILON })
    .default(1e-5),
}

const residualBody = z.array(z.lazy(() => layerSchema)).min(1, { error: 'a list of at least one layer' })
const residualShortcut = z.array(z.lazy(() => layerSchema)).default([])

/** A layer as its function makes it, or as a file holds it. */
export const layerSchema: z.ZodType<Layer> = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('normalization'), ...normalizationShape }),
    z.strictObject({ kind: z.literal('convolution'), ...convolutionShape }),
    z.strictObject({ kind: z.literal('dense'), ...denseShape }),
    z.strictObject({ kind: z.literal('activation'), activation: activationSchema }),
    z.strictObject({ kind: z.enum(['maxPooling', 'averagePooling']), ...poolingShape, stride: side }),
    z.strictObject({ kind: z.literal('globalAveragePooling') }),
    z.strictObject({ kind: z.literal('batchNormalization'), ...batchNormalizationShape }),
    z.strictObject({ kind: z.literal('residual'), body: residualBody, shortcut: residualShortcut }),
  ],
  { error: 'a layer such as `convolution(…)` or `dense(…)` makes' },
)

/** Where the windows of a layer lie; what is left out has the default of that layer. */
export interface WindowOptions {
  /** Side of a window in pixels. */
  window: number
  /** Distance of neighbouring windows in pixels. */
  stride?: number | undefined
  /** Pixels added on each side of the input, below the window. */
  padding?: number | undefined
}

/**
 * (x − mean) / deviation by channel: the first layer or none, so that radii and bounds of attacks are always those of
 * the images in [0, 1].
 *
 * @param options `mean` and `deviation`, a number per channel
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function normalization(options: { mean: readonly number[]; deviation: readonly number[] }): Layer {
  return {
    kind: 'normalization',
    ...parseOptions(z.strictObject(normalizationShape), options, 'normalization', 'options'),
  }
}

/**
 * out[c, i, j] = b_c + Σ_{a,u,v} w[c, a, u, v] · in[a, i·stride + u − padding, j·stride + v − padding], zeros outside.
 *
 * @param options `channels` of the output; `window` (default 3), `stride` (1), `padding` (0, below the window); `bias`
 *   (true)
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function convolution(
  options: { channels: number; window?: number | undefined; bias?: boolean | undefined } & Omit<
    WindowOptions,
    'window'
  >,
): Layer {
  return {
    kind: 'convolution',
    ...parseOptions(z.strictObject(convolutionShape), options, 'convolution', 'options'),
  }
}

/**
 * W x + b on all numbers of its input, in the order channel, row, column. The last layer is dense, a unit per class.
 *
 * @param options `units`; `bias` (default true)
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function dense(options: { units: number; bias?: boolean | undefined }): Layer {
  return { kind: 'dense', ...parseOptions(z.strictObject(denseShape), options, 'dense', 'options') }
}

/**
 * σ on every number, of `relu()`, `smoothedRelu()` or `polynomial()`.
 *
 * @param activation σ
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function activation(activation: Activation): Layer {
  const shape = z.strictObject({ activation: activationSchema })
  return { kind: 'activation', ...parseOptions(shape, { activation }, 'activation') }
}

/**
 * The largest number of each window, channel by channel.
 *
 * @param options `window`; `stride` (default: the window); `padding` (0), which is never the largest
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function maxPooling(options: WindowOptions): Layer {
  return pooling('maxPooling', options)
}

/**
 * The mean of each window, channel by channel.
 *
 * @param options `window`; `stride` (default: the window); `padding` (0), which does not count
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function averagePooling(options: WindowOptions): Layer {
  return pooling('averagePooling', options)
}

/** The mean of each channel. */
export function globalAveragePooling(): Layer {
  return { kind: 'globalAveragePooling' }
}

/**
 * γ (x − μ)/√(v + ε) + β by channel (Ioffe and Szegedy, arXiv 1502.03167): μ and v of the whole mini-batch where weights
 * are updated, running ones everywhere else, attacks in training included. v divides by n, the running one by n − 1.
 *
 * @param options `momentum` (default 0.1): share by which a mini-batch moves the running statistics; `epsilon` (1e-5)
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function batchNormalization(
  options: { momentum?: number | undefined; epsilon?: number | undefined } = {},
): Layer {
  const shape = z.strictObject(batchNormalizationShape)
  return { kind: 'batchNormalization', ...parseOptions(shape, options, 'batchNormalization', 'options') }
}

/**
 * body(x) + shortcut(x) (He et al., arXiv 1512.03385). The activation after the sum is a layer of its own.
 *
 * @param body at least one layer
 * @param shortcut layers that bring x to the body's shape; default none: x itself
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function residual(body: readonly Layer[], shortcut: readonly Layer[] = []): Layer {
  const shape = z.strictObject({ body: residualBody, shortcut: residualShortcut })
  return { kind: 'residual', ...parseOptions(shape, { body, shortcut }, 'residual') }
}

function pooling(kind: 'maxPooling' | 'averagePooling', options: WindowOptions): Layer {
  const {
    window,
    stride = window,
    padding,
  } = parseOptions(z.strictObject(poolingShape), options, kind, 'options')
  return { kind, window, stride, padding }
}
