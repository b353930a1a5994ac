import { z } from 'zod'
import { classCount, parseOptions } from '../native/validation.js'
import { relu } from './activation.js'
import {
  activation,
  batchNormalization,
  convolution,
  dense,
  globalAveragePooling,
  type Layer,
  maxPooling,
  normalization,
  residual,
} from './layers.js'

/** Options of the ready architectures. */
export interface ArchitectureOptions {
  /** k ≥ 2. */
  readonly classes: number
  /** Of the input, by channel (default: none). */
  readonly normalization?:
    | {
        /** Subtracted first. */
        readonly mean: readonly number[]
        /** Divided by then; positive. */
        readonly deviation: readonly number[]
      }
    | undefined
}

const optionsSchema = z.strictObject({
  classes: classCount,
  normalization: z.strictObject({ mean: z.array(z.number()), deviation: z.array(z.number()) }).optional(),
})

/**
 * The usual network for MNIST of Carlini and Wagner (arXiv 1608.04644), which TRADES (arXiv 1901.08573) takes too: 3 × 3
 * convolutions of 32, 32, pooling, 64, 64, pooling, dense layers of 200, 200 and k, ReLU between them, no padding.
 * Images are 16 × 16 at least.
 *
 * @param options `classes`, and `normalization` of the input (default: none)
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function smallCnn(options: ArchitectureOptions): Layer[] {
  const { classes, first } = parse(options, 'smallCnn')
  const stage = (channels: number) => [
    convolution({ channels }),
    activation(relu()),
    convolution({ channels }),
    activation(relu()),
    maxPooling({ window: 2 }),
  ]
  const hidden = () => [dense({ units: 200 }), activation(relu())]
  return [...first, ...stage(32), ...stage(64), ...hidden(), ...hidden(), dense({ units: classes })]
}

/**
 * The residual network of He et al. (arXiv 1512.03385, section 4.2) with one block a stage: a 3 × 3 convolution of 16,
 * stages of 16, 32 and 64 channels, global average pooling, a dense layer. A block is two 3 × 3 convolutions with batch
 * normalisation, ReLU between them and after the sum; the first of the second and third stage has stride 2, and a 1 × 1
 * convolution of stride 2 with batch normalisation as its shortcut.
 *
 * @param options `classes`, and `normalization` of the input (default: none)
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function resnet8(options: ArchitectureOptions): Layer[] {
  return residualNetwork(1, options, 'resnet8')
}

/**
 * `resnet8` with three blocks a stage.
 *
 * @param options `classes`, and `normalization` of the input (default: none)
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function resnet20(options: ArchitectureOptions): Layer[] {
  return residualNetwork(3, options, 'resnet20')
}

function residualNetwork(blocks: number, options: ArchitectureOptions, name: string): Layer[] {
  const { classes, first } = parse(options, name)
  const stages = [16, 32, 64].flatMap((channels, stage) =>
    Array.from({ length: blocks }, (_, block) => {
      const halves = stage > 0 && block === 0
      return residualBlock(channels, halves)
    }),
  )
  return [
    ...first,
    ...normalized({ channels: 16 }),
    activation(relu()),
    ...stages.flat(),
    globalAveragePooling(),
    dense({ units: classes }),
  ]
}

function residualBlock(channels: number, halves: boolean): Layer[] {
  const stride = halves ? 2 : 1
  const body = [...normalized({ channels, stride }), activation(relu()), ...normalized({ channels })]
  const shortcut = halves ? normalized({ channels, stride, window: 1, padding: 0 }) : []
  return [residual(body, shortcut), activation(relu())]
}

/** A convolution without bias, which batch normalisation has of its own. */
function normalized(options: {
  channels: number
  stride?: number
  window?: number
  padding?: number
}): Layer[] {
  return [convolution({ padding: 1, ...options, bias: false }), batchNormalization()]
}

function parse(options: ArchitectureOptions, name: string): { classes: number; first: Layer[] } {
  const parsed = parseOptions(optionsSchema, options, name, 'options')
  return {
    classes: parsed.classes,
    first: parsed.normalization === undefined ? [] : [normalization(parsed.normalization)],
  }
}
