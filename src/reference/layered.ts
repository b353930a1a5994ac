import type { NativeArchitecture, NativeOperation } from '../native/layered-contract.js'
import { activationValue } from './activation.js'

/** A layered network in doubles; the arrays are laid out as in the contract. */
export interface LayeredNetwork {
  architecture: NativeArchitecture
  parameters: ArrayLike<number>
  statistics: ArrayLike<number>
}

/** N × channels × height × width. */
interface Value {
  channels: number
  height: number
  width: number
  numbers: Float64Array
}

/**
 * Every value a layered network makes of `count` images, the class scores last.
 *
 * @param images count × height × width × channels
 * @param behaviour of batch normalisation: `training` takes mean and variance of these images
 */
export function layeredValues(
  network: LayeredNetwork,
  images: ArrayLike<number>,
  count: number,
  behaviour: 'training' | 'evaluation',
): Float64Array[] {
  const { architecture, parameters, statistics } = network
  const { height, width, channels } = architecture
  const pixels = height * width
  const values: Value[] = [
    {
      channels,
      height,
      width,
      numbers: Float64Array.from({ length: count * pixels * channels }, (_, index) => {
        const n = Math.floor(index / (pixels * channels))
        const channel = Math.floor(index / pixels) % channels
        return images[(n * pixels + (index % pixels)) * channels + channel]!
      }),
    },
  ]
  let parameter = 0
  let statistic = 0
  const take = (length: number) => {
    const first = parameter
    parameter += length
    return (index: number) => parameters[first + index]!
  }
  for (const operation of architecture.operations) {
    const input = values[operation.input]!
    switch (operation.kind) {
      case 'convolution': {
        const weights = take(operation.outputs * input.channels * operation.window ** 2)
        values.push(convolution(input, operation, count, weights, bias(operation, take)))
        break
      }
      case 'dense': {
        const weights = take((operation.outputs * input.numbers.length) / count)
        values.push(dense(input, operation, count, weights, bias(operation, take)))
        break
      }
      case 'batchNormalization': {
        const [scale, shift] = [take(input.channels), take(input.channels)]
        const first = statistic
        statistic += 2 * input.channels
        const moments = (channel: number) =>
          behaviour === 'training'
            ? momentsOf(input, channel)
            : [statistics[first + channel]!, statistics[first + input.channels + channel]!]
        const normalized = Array.from({ length: input.channels }, (_, channel) => moments(channel))
        values.push(
          byChannel(input, (x, channel) => {
            const [mean = 0, variance = 0] = normalized[channel] ?? []
            return (scale(channel) * (x - mean)) / Math.sqrt(variance + operation.epsilon) + shift(channel)
          }),
        )
        break
      }
      case 'addition': {
        const other = values[operation.other]!.numbers
        values.push({ ...input, numbers: input.numbers.map((x, index) => x + other[index]!) })
        break
      }
      default:
        values.push(withoutParameters(input, operation, count))
    }
  }
  return values.slice(1).map(({ numbers }) => numbers)
}

type Lookup = (index: number) => number
type Windowed = { window: number; stride: number; padding: number }

function bias(
  { bias, outputs }: { bias: boolean; outputs: number },
  take: (length: number) => Lookup,
): Lookup {
  return bias ? take(outputs) : () => 0
}

function withoutParameters(
  input: Value,
  operation: Exclude<NativeOperation, { kind: 'convolution' | 'dense' | 'batchNormalization' | 'addition' }>,
  count: number,
): Value {
  switch (operation.kind) {
    case 'normalization':
      return byChannel(input, (x, channel) => (x - operation.mean[channel]!) / operation.deviation[channel]!)
    case 'activation':
      return byChannel(input, (x) => activationValue(operation.activation, x))
    case 'maxPooling':
      return windows(input, operation, count, (at) => Math.max(...at))
    case 'averagePooling':
      return windows(input, operation, count, average)
    case 'globalAveragePooling': {
      const { height, width } = input
      const whole = { window: Math.max(height, width), stride: Math.max(height, width), padding: 0 }
      return windows(input, whole, count, average, [1, 1])
    }
  }
}

function average(numbers: number[]): number {
  return numbers.reduce((sum, x) => sum + x, 0) / numbers.length
}

function byChannel(input: Value, map: (x: number, channel: number) => number): Value {
  const pixels = input.height * input.width
  const channelOf = (index: number) => Math.floor(index / pixels) % input.channels
  return { ...input, numbers: input.numbers.map((x, index) => map(x, channelOf(index))) }
}

/** Mean and biased variance of a channel over all images and places. */
function momentsOf({ channels, height, width, numbers }: Value, channel: number): [number, number] {
  const own = numbers.filter((_, index) => Math.floor(index / (height * width)) % channels === channel)
  const mean = own.reduce((sum, x) => sum + x, 0) / own.length
  return [mean, own.reduce((sum, x) => sum + (x - mean) ** 2, 0) / own.length]
}

/** Pooling: what lies in each window of a channel, without the padding, made one number. */
function windows(
  input: Value,
  { window, stride, padding }: Windowed,
  count: number,
  pool: (numbers: number[]) => number,
  [rows, columns] = sidesAfter(input, { window, stride, padding }),
): Value {
  const { channels } = input
  const numbers = new Float64Array(count * channels * rows * columns)
  for (let index = 0; index < numbers.length; index++) {
    const image = Math.floor(index / (rows * columns))
    const row = (Math.floor(index / columns) % rows) * stride - padding
    const column = (index % columns) * stride - padding
    const inside: number[] = []
    for (let i = Math.max(0, row); i < Math.min(input.height, row + window); i++) {
      for (let j = Math.max(0, column); j < Math.min(input.width, column + window); j++) {
        inside.push(input.numbers[(image * input.height + i) * input.width + j]!)
      }
    }
    numbers[index] = pool(inside)
  }
  return { channels, height: rows, width: columns, numbers }
}

function sidesAfter({ height, width }: Value, { window, stride, padding }: Windowed): [number, number] {
  const after = (side: number) => Math.floor((side + 2 * padding - window) / stride) + 1
  return [after(height), after(width)]
}

function convolution(
  input: Value,
  { outputs, ...place }: Windowed & { outputs: number },
  count: number,
  weights: Lookup,
  biases: Lookup,
): Value {
  const { channels, height, width } = input
  const { window, stride, padding } = place
  const [rows, columns] = sidesAfter(input, place)
  const numbers = new Float64Array(count * outputs * rows * columns)
  for (let index = 0; index < numbers.length; index++) {
    const n = Math.floor(index / (outputs * rows * columns))
    const output = Math.floor(index / (rows * columns)) % outputs
    const row = (Math.floor(index / columns) % rows) * stride - padding
    const column = (index % columns) * stride - padding
    let sum = biases(output)
    for (let a = 0; a < channels; a++) {
      for (let i = Math.max(0, -row); i < Math.min(window, height - row); i++) {
        for (let j = Math.max(0, -column); j < Math.min(window, width - column); j++) {
          sum +=
            weights(((output * channels + a) * window + i) * window + j) *
            input.numbers[((n * channels + a) * height + row + i) * width + column + j]!
        }
      }
    }
    numbers[index] = sum
  }
  return { channels: outputs, height: rows, width: columns, numbers }
}

function dense(
  input: Value,
  { outputs }: { outputs: number },
  count: number,
  weights: Lookup,
  biases: Lookup,
): Value {
  const size = input.numbers.length / count
  const numbers = Float64Array.from({ length: count * outputs }, (_, index) => {
    const [n, output] = [Math.floor(index / outputs), index % outputs]
    let sum = biases(output)
    for (let e = 0; e < size; e++) sum += weights(output * size + e) * input.numbers[n * size + e]!
    return sum
  })
  return { channels: outputs, height: 1, width: 1, numbers }
}
