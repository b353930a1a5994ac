import { describe } from 'vitest'
import {
  activation,
  averagePooling,
  batchNormalization,
  convolution,
  createImageDataset,
  dense,
  globalAveragePooling,
  ImageData,
  type ImageDataset,
  type Layer,
  LayeredNetwork,
  maxPooling,
  normalization,
  polynomial,
  relu,
  residual,
  resnet8,
  smallCnn,
  smoothedRelu,
} from '../../src/index.js'
import { layeredAddon } from '../../src/native/layered-addon.js'
import { normal, uniform } from '../../src/reference/index.js'

/** Why layered networks cannot be tested here; undefined where they can. */
export const missing = reasonMissing()

/** Tests of layered networks: skipped, with the reason in their name, where their addon is not built. */
export function describeLayered(name: string, tests: () => void): void {
  describe.skipIf(missing !== undefined)(
    missing === undefined ? name : `${name} (skipped: ${missing})`,
    tests,
  )
}

function reasonMissing(): string | undefined {
  try {
    layeredAddon()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

export interface ImageSizes {
  count?: number
  height?: number
  width?: number
  channels?: number
  classes?: number
}

/** Random images, odd in every size. */
export function randomImages(seed: number, sizes: ImageSizes = {}): ImageDataset {
  const { count = 5, height = 7, width = 9, channels = 3, classes = 3 } = sizes
  const bytes = uniform(seed, 'test/images', 0, count * height * width * channels)
  return createImageDataset({
    name: 'random',
    images: Uint8Array.from(bytes, (value) => Math.floor(256 * value)),
    labels: Uint8Array.from({ length: count }, (_, n) => n % classes),
    height,
    width,
    channels,
    classes,
  })
}

export function randomImageData(seed: number, sizes: ImageSizes = {}): ImageData {
  return ImageData.fromImages(randomImages(seed, sizes))
}

/** Images that a network can learn: of each class a pattern of its own, with noise. */
export function learnableImageData(seed: number, sizes: ImageSizes = {}): ImageData {
  const noise = randomImages(seed, sizes)
  const patterns = randomImages(99, { ...sizes, count: noise.classes })
  const size = noise.height * noise.width * noise.channels
  const images = noise.images.map((byte, index) => {
    const label = noise.labels[Math.floor(index / size)]!
    return Math.round((byte + 2 * patterns.images[label * size + (index % size)]!) / 3)
  })
  return ImageData.fromImages(createImageDataset({ ...noise, images }))
}

/** A network for such images whose biases, γ, β and statistics are no round numbers either. */
export function randomNetwork(layers: Layer[], data: ImageData, seed = 3): LayeredNetwork {
  const { height, width, channels } = data
  const fresh = LayeredNetwork.initialize({ input: { height, width, channels }, layers, seed })
  const [parameters, statistics] = [fresh.parameters.slice(), fresh.statistics.slice()]
  for (const { native, range } of fresh.operations) {
    const { weights, weightCount, biases, biasCount } = range
    const shift = normal(seed, 'test/biases', biases, biasCount)
    for (let i = 0; i < biasCount; i++) parameters[biases + i] = shift[i]! / 4
    if (native.kind !== 'batchNormalization') continue
    for (let i = 0; i < weightCount; i++) parameters[weights + i]! += shift[i]! / 3
    const moved = uniform(seed, 'test/statistics', range.statistics, range.statisticCount)
    for (const [i, value] of moved.entries()) statistics[range.statistics + i]! += value / 2
  }
  return fresh.withState(parameters, statistics)
}

const last = dense({ units: 3 })

/** Every kind of layer, its options and what may stand around it. */
const cases: [name: string, layers: Layer[], sizes?: ImageSizes][] = [
  ['dense', [last]],
  ['dense without bias', [dense({ units: 3, bias: false })]],
  ['two dense layers', [dense({ units: 11 }), activation(smoothedRelu()), last]],
  ['two classes', [convolution({ channels: 2 }), dense({ units: 2 })], { classes: 2 }],
  ['convolution', [convolution({ channels: 4 }), last]],
  ['convolution without bias', [convolution({ channels: 4, bias: false }), last]],
  [
    'convolution with stride and padding',
    [convolution({ channels: 5, window: 3, stride: 2, padding: 1 }), last],
  ],
  ['convolution of 1 × 1', [convolution({ channels: 16, window: 1, stride: 2 }), last]],
  [
    'convolution of 5 × 5, one channel',
    [convolution({ channels: 1, window: 5, padding: 2 }), last],
    { channels: 1 },
  ],
  ['convolution of whole vectors', [convolution({ channels: 32 }), convolution({ channels: 16 }), last]],
  ['normalization', [normalization({ mean: [0.4, 0.5, 0.6], deviation: [0.2, 0.3, 0.5] }), last]],
  ['ReLU', [convolution({ channels: 8 }), activation(relu()), last]],
  [
    'smoothed ReLU',
    [convolution({ channels: 8 }), activation(smoothedRelu({ power: 3, threshold: 0.5 })), last],
  ],
  ['polynomial', [convolution({ channels: 8 }), activation(polynomial({ power: 2 })), last]],
  ['max pooling', [convolution({ channels: 2, window: 1 }), maxPooling({ window: 2 }), last]],
  [
    'max pooling with overlap and padding',
    [convolution({ channels: 16 }), maxPooling({ window: 3, stride: 2, padding: 1 }), last],
  ],
  ['average pooling', [averagePooling({ window: 2 }), last]],
  [
    'average pooling with overlap and padding',
    [convolution({ channels: 16 }), averagePooling({ window: 3, stride: 2, padding: 1 }), last],
  ],
  ['global average pooling', [convolution({ channels: 16 }), globalAveragePooling(), last]],
  ['batch normalization', [convolution({ channels: 16 }), batchNormalization(), last]],
  ['batch normalization of images', [batchNormalization({ momentum: 0.5, epsilon: 1e-3 }), last]],
  [
    'batch normalization of a dense layer',
    [dense({ units: 12 }), batchNormalization(), activation(relu()), last],
  ],
  ['residual', [convolution({ channels: 4 }), residual([convolution({ channels: 4, padding: 1 })]), last]],
  [
    'residual with a shortcut',
    [
      residual(
        [convolution({ channels: 16, padding: 1, stride: 2 }), batchNormalization(), activation(relu())],
        [convolution({ channels: 16, window: 1, stride: 2 })],
      ),
      activation(relu()),
      last,
    ],
  ],
  [
    'residual in residual',
    [residual([residual([batchNormalization()]), convolution({ channels: 3, padding: 1 })]), last],
  ],
  ['smallCnn', smallCnn({ classes: 3 }), { height: 16, width: 16, channels: 1, count: 2 }],
  [
    'resnet8',
    resnet8({ classes: 3, normalization: { mean: [0.5, 0.5, 0.5], deviation: [0.25, 0.25, 0.25] } }),
    { height: 8, width: 8, count: 3 },
  ],
]

export const layerCases = cases.map(([name, layers, sizes]) => ({ name, layers, sizes }))

/** A small network with all that training treats apart: batch normalisation, a residual layer, pooling. */
export const trainableLayers: Layer[] = [
  convolution({ channels: 6, padding: 1, bias: false }),
  batchNormalization(),
  activation(relu()),
  residual([convolution({ channels: 6, padding: 1 }), activation(relu())]),
  maxPooling({ window: 2 }),
  last,
]
