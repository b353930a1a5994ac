import { describe, expect, it } from 'vitest'
import {
  averagePooling,
  convolution,
  dense,
  type ImageData,
  type LayeredNetwork,
  maxPooling,
} from '../../src/index.js'
import { layeredAddon } from '../../src/native/layered-addon.js'
import { crossEntropy, layeredValues, normal } from '../../src/reference/index.js'
import { describeLayered, layerCases, randomImageData, randomNetwork } from '../helpers/layered-cases.js'
import { largestMagnitude } from '../helpers/tolerances.js'

/** float32 through a few layers of a few hundred terms each, against doubles. */
const VALUES = 2e-5
/** Of a gradient's norm: the same, and what batch normalisation cancels. */
const GRADIENTS = 1e-3
/** Far from rounding in doubles, and too short to meet a corner of a ReLU or a pooling often. */
const STEP = 1e-6

/** A direction goes through the parameters of every so many-th layer, so that none hides behind another. */
const GROUPS = 4

type Behaviour = 'training' | 'evaluation'

function scoresOf(
  { native: { architecture } }: LayeredNetwork,
  numbers: { parameters: ArrayLike<number>; statistics: ArrayLike<number> },
  images: ArrayLike<number>,
  count: number,
  behaviour: Behaviour,
): Float64Array {
  return layeredValues({ architecture, ...numbers }, images, count, behaviour).at(-1)!
}

function meanLoss(scores: Float64Array, labels: Int32Array): number {
  const classes = scores.length / labels.length
  const losses = Array.from(labels, (label, n) =>
    crossEntropy(scores.subarray(n * classes, (n + 1) * classes), label),
  )
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length
}

function inputsOf(data: ImageData): Float64Array {
  return Float64Array.from(data.images(), (byte) => byte / 255)
}

function along(gradient: Float32Array, direction: Float64Array): number {
  return direction.reduce((sum, value, index) => sum + value * gradient[index]!, 0)
}

function euclidean(values: Float32Array): number {
  return Math.hypot(...values)
}

describeLayered('layered networks against the oracle in doubles', () => {
  describe.each(layerCases)('$name', ({ layers, sizes }) => {
    const set = () => {
      const data = randomImageData(5, sizes)
      return { data, network: randomNetwork(layers, data), inputs: inputsOf(data), labels: data.labels() }
    }

    it('scores', async () => {
      const { data, network, inputs } = set()
      const { scores } = await layeredAddon().forward(network.native, data.native, undefined, { threads: 2 })
      expectClose(scores, scoresOf(network, network, inputs, data.samples, 'evaluation'))
    })

    it('gradient by parameters, and the statistics it leaves', async () => {
      const { data, network, inputs, labels } = set()
      const { parameterGradient, statistics, loss } = await layeredAddon().gradients(
        network.native,
        data.native,
        undefined,
        { threads: 2, behaviour: 'training' },
      )
      const exact = { parameters: Float64Array.from(network.parameters), statistics: network.statistics }
      const lossAt = (parameters: Float64Array) =>
        meanLoss(scoresOf(network, { ...exact, parameters }, inputs, data.samples, 'training'), labels)
      const mean = loss.reduce((sum, value) => sum + value, 0) / loss.length
      expect(mean).toBeCloseTo(lossAt(exact.parameters), 4)
      const weighted = network.operations.filter(({ range }) => range.weightCount > 0)
      for (let group = 0; group < Math.min(GROUPS, weighted.length); group++) {
        const direction = new Float64Array(exact.parameters.length)
        for (const [index, { range }] of weighted.entries()) {
          if (index % GROUPS !== group) continue
          const { weights, weightCount, biasCount } = range
          direction.set(normal(7, 'test/direction', index, weightCount + biasCount), weights)
        }
        const moved = (sign: number) =>
          lossAt(exact.parameters.map((value, index) => value + sign * STEP * direction[index]!))
        const slope = (moved(1) - moved(-1)) / (2 * STEP)
        const norm = euclidean(parameterGradient!)
        expect(Math.abs(along(parameterGradient!, direction) - slope)).toBeLessThan(GRADIENTS * norm)
      }
      expectStatistics(network, statistics!, inputs, data.samples)
    })

    it('gradient by images', async () => {
      const { data, network, inputs, labels } = set()
      const { imageGradient } = await layeredAddon().gradients(network.native, data.native, undefined, {
        threads: 2,
        behaviour: 'evaluation',
      })
      const size = data.inputSize
      for (const [n, label] of labels.entries()) {
        const gradient = imageGradient!.subarray(n * size, (n + 1) * size)
        const direction = normal(8, 'test/direction', n, size)
        const image = inputs.subarray(n * size, (n + 1) * size)
        const lossAt = (sign: number) => {
          const moved = image.map((value, index) => value + sign * STEP * direction[index]!)
          return crossEntropy(scoresOf(network, network, moved, 1, 'evaluation'), label)
        }
        const slope = (lossAt(1) - lossAt(-1)) / (2 * STEP)
        expect(Math.abs(along(gradient, direction) - slope)).toBeLessThanOrEqual(
          GRADIENTS * euclidean(gradient),
        )
      }
    })
  })
})

describeLayered('values on the way', () => {
  it('are N × channels × height × width', async () => {
    const data = randomImageData(5)
    const layers = [
      averagePooling({ window: 2 }),
      convolution({ channels: 2, window: 1 }),
      maxPooling({ window: 2 }),
    ]
    const network = randomNetwork([...layers, dense({ units: 3 })], data)
    const expected = layeredValues(network.native, inputsOf(data), data.samples, 'evaluation')
    for (const [index, values] of expected.entries()) {
      const options = { threads: 2, value: index + 1 }
      const { value } = await layeredAddon().forward(network.native, data.native, undefined, options)
      expectClose(value!, values)
    }
  })
})

function expectClose(found: ArrayLike<number>, expected: Float64Array): void {
  expect(found.length).toBe(expected.length)
  const worst = largestMagnitude(expected.map((value, index) => value - found[index]!))
  expect(worst).toBeLessThan(VALUES * largestMagnitude(expected))
}

/** Running means and variances after a batch: moved by momentum towards its mean and its unbiased variance. */
function expectStatistics(
  network: LayeredNetwork,
  found: Float32Array,
  inputs: Float64Array,
  count: number,
): void {
  const values = layeredValues(network.native, inputs, count, 'training')
  for (const { native, range } of network.operations) {
    if (native.kind !== 'batchNormalization') continue
    const { height, width, channels } = network.input
    const image = Float64Array.from(inputs, (_, index) => {
      const [n, rest] = [Math.floor(index / (height * width * channels)), index % (height * width * channels)]
      const [channel, pixel] = [Math.floor(rest / (height * width)), rest % (height * width)]
      return inputs[(n * height * width + pixel) * channels + channel]!
    })
    const input = native.input === 0 ? image : values[native.input - 1]!
    const pixels = input.length / count / range.channels
    for (let channel = 0; channel < range.channels; channel++) {
      const own = input.filter((_, index) => Math.floor(index / pixels) % range.channels === channel)
      const mean = own.reduce((sum, value) => sum + value, 0) / own.length
      const variance = own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (own.length - 1)
      const before = (offset: number) => network.statistics[range.statistics + offset + channel]!
      const after = (old: number, batch: number) => (1 - native.momentum) * old + native.momentum * batch
      const at = range.statistics + channel
      expect(found[at]).toBeCloseTo(after(before(0), mean), 4)
      expect(found[at + range.channels]).toBeCloseTo(after(before(range.channels), variance), 4)
    }
  }
}
