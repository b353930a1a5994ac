import { describeValue } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'
import type { NativeArchitecture, NativeOperation } from '../native/layered-contract.js'
import { toNativeActivation } from './activation.js'
import type { Layer } from './layers.js'

/** Height, width and channels of images, or of the values a layer makes. */
export interface ImageShape {
  /** In pixels. */
  readonly height: number
  /** In pixels. */
  readonly width: number
  /** Numbers per pixel. */
  readonly channels: number
}

export interface FlatArchitecture {
  readonly native: NativeArchitecture
  /** Where each operation stands among the layers: `3`, or `5.body.0` inside a residual one. */
  readonly names: readonly string[]
}

/** Residual layers in residual layers. */
const MAXIMUM_DEPTH = 16
const MAXIMUM_LAYERS = 10_000
/** The engine's limit on the numbers of a value, and of the parameters. */
const MAXIMUM_NUMBERS = 2 ** 28

/**
 * Layers as the engine's list of operations.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` naming the layer that does not fit what comes before it
 */
export function flattenLayers(input: ImageShape, layers: readonly Layer[]): FlatArchitecture {
  const last = layers.at(-1)
  if (last?.kind !== 'dense') {
    throw invalid(`Expected the last layer to be dense, with a unit per class, got ${last?.kind ?? 'none'}.`)
  }
  if (last.units < 2) {
    throw invalid(`Expected the last layer to have at least 2 units, one per class, got ${last.units}.`)
  }
  const flattener = new Flattener(input)
  flattener.append(layers, 0, '')
  return {
    native: {
      height: input.height,
      width: input.width,
      channels: input.channels,
      operations: flattener.operations,
    },
    names: flattener.names,
  }
}

/**
 * Checks how deep residual layers are nested, before anything recursive looks at them.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function requireShallow(layers: unknown, depth = 0): void {
  if (!Array.isArray(layers)) return
  if (depth > MAXIMUM_DEPTH) {
    throw invalid(`Expected \`layers\` to be nested at most ${MAXIMUM_DEPTH} deep, got more.`)
  }
  if (layers.length > MAXIMUM_LAYERS) {
    throw invalid(`Expected \`layers\` to be at most ${MAXIMUM_LAYERS}, got ${layers.length}.`)
  }
  for (const layer of layers) {
    const { body, shortcut } = Object(layer) as { body?: unknown; shortcut?: unknown }
    requireShallow(body, depth + 1)
    requireShallow(shortcut, depth + 1)
  }
}

/** Appends operations; a value is known by its number, 0 for the image. */
class Flattener {
  readonly operations: NativeOperation[] = []
  readonly names: string[] = []
  readonly #shapes: ImageShape[]
  #parameters = 0

  constructor(input: ImageShape) {
    this.#shapes = [input]
  }

  /** The layers after value `input`; returns the value that the last makes. */
  append(layers: readonly Layer[], input: number, path: string): number {
    return layers.reduce((value, layer, index) => this.#layer(layer, value, `${path}${index}`), input)
  }

  #layer(layer: Layer, input: number, name: string): number {
    const refuse = (expected: string, found: unknown) => {
      const shown = typeof found === 'string' ? found : describeValue(found)
      return invalid(`Expected layer ${name} (${layer.kind}) ${expected}, got ${shown}.`)
    }
    const shape = this.#shapes[input] as ImageShape
    const { channels } = shape
    switch (layer.kind) {
      case 'residual': {
        const other = this.append(layer.shortcut, input, `${name}.shortcut.`)
        const body = this.append(layer.body, input, `${name}.body.`)
        const [made, added] = [this.#shapes[body], this.#shapes[other]].map((of) =>
          describe(of as ImageShape),
        )
        if (made !== added) {
          throw refuse('to have a body and a shortcut that make one shape', `${made} and ${added}`)
        }
        const sum = this.#shapes[body] as ImageShape
        return this.#push({ kind: 'addition', input: body, other }, sum, name, refuse)
      }
      case 'normalization': {
        if (name !== '0') throw refuse('to be the first layer', 'another place')
        const { mean, deviation } = layer
        for (const [what, list] of Object.entries({ mean, deviation })) {
          if (list.length !== channels)
            throw refuse(`to have a ${what} for each of ${channels} channels`, list.length)
        }
        const native = { kind: layer.kind, input, mean: [...mean], deviation: [...deviation] }
        return this.#push(native, shape, name, refuse)
      }
      case 'convolution': {
        const { channels: outputs, window, stride, padding, bias } = layer
        const native = { kind: layer.kind, input, outputs, window, stride, padding, bias }
        this.#parameters += outputs * (channels * window ** 2 + Number(bias))
        return this.#push(native, windowed(shape, layer, outputs, refuse), name, refuse)
      }
      case 'dense': {
        const { units: outputs, bias } = layer
        this.#parameters += outputs * (numbersOf(shape) + Number(bias))
        const made = { height: 1, width: 1, channels: outputs }
        return this.#push({ kind: layer.kind, input, outputs, bias }, made, name, refuse)
      }
      case 'activation': {
        const native = { kind: layer.kind, input, activation: toNativeActivation(layer.activation) }
        return this.#push(native, shape, name, refuse)
      }
      case 'maxPooling':
      case 'averagePooling': {
        const { window, stride, padding } = layer
        const native = { kind: layer.kind, input, window, stride, padding }
        return this.#push(native, windowed(shape, layer, channels, refuse), name, refuse)
      }
      case 'globalAveragePooling':
        return this.#push({ kind: layer.kind, input }, { height: 1, width: 1, channels }, name, refuse)
      case 'batchNormalization': {
        const { momentum, epsilon } = layer
        this.#parameters += 2 * channels
        return this.#push({ kind: layer.kind, input, momentum, epsilon }, shape, name, refuse)
      }
    }
  }

  #push(operation: NativeOperation, made: ImageShape, name: string, refuse: Refuse): number {
    if (numbersOf(made) > MAXIMUM_NUMBERS) throw refuse('to make at most 2^28 numbers', describe(made))
    if (this.#parameters > MAXIMUM_NUMBERS) {
      throw refuse('to leave at most 2^28 parameters in all', this.#parameters)
    }
    this.operations.push(operation)
    this.names.push(name)
    return this.#shapes.push(made) - 1
  }
}

type Refuse = (expected: string, found: unknown) => RobustFeaturesError

function windowed(
  { height, width }: ImageShape,
  { window, stride, padding }: { window: number; stride: number; padding: number },
  channels: number,
  refuse: Refuse,
): ImageShape {
  if (padding >= window) throw refuse(`to have a padding below its window of ${window}`, padding)
  const smallest = Math.min(height, width) + 2 * padding
  if (window > smallest) {
    throw refuse(`to have a window of at most ${smallest} on ${height} × ${width} with its padding`, window)
  }
  const after = (side: number) => Math.floor((side + 2 * padding - window) / stride) + 1
  return { height: after(height), width: after(width), channels }
}

function numbersOf({ height, width, channels }: ImageShape): number {
  return height * width * channels
}

function describe({ height, width, channels }: ImageShape): string {
  return `${height} × ${width} × ${channels}`
}

function invalid(message: string): RobustFeaturesError {
  return new RobustFeaturesError('INVALID_ARGUMENT', message)
}
