import { nativeAddon } from '../native/addon.js'
import { layeredAddon } from '../native/layered-addon.js'
import type { NativeArchitecture, NativeLayeredNetwork } from '../native/layered-contract.js'
import * as reference from '../reference/index.js'
import { compare, type SelfTestCheck } from './self-test-check.js'

const TOLERANCE = 1e-4
const IMAGES = 5
const CLASSES = 3

const architecture: NativeArchitecture = {
  height: 8,
  width: 8,
  channels: 2,
  operations: [
    { kind: 'convolution', input: 0, outputs: 16, window: 3, stride: 1, padding: 1, bias: true },
    { kind: 'batchNormalization', input: 1, momentum: 0.1, epsilon: 1e-5 },
    { kind: 'activation', input: 2, activation: { kind: 'smoothedRelu', power: 2, threshold: 1 } },
    { kind: 'convolution', input: 3, outputs: 16, window: 3, stride: 1, padding: 1, bias: false },
    { kind: 'addition', input: 4, other: 3 },
    { kind: 'averagePooling', input: 5, window: 2, stride: 2, padding: 0 },
    { kind: 'dense', input: 6, outputs: CLASSES, bias: true },
  ],
}

/** Compares layered networks with the TypeScript oracle, on a small one. */
export async function layeredSelfTest(): Promise<SelfTestCheck[]> {
  const { network, bytes, labels } = problem()
  const data = new (layeredAddon().ImageData)({
    samples: IMAGES,
    height: architecture.height,
    width: architecture.width,
    channels: architecture.channels,
    classes: CLASSES,
    images: bytes,
    labels,
  })
  const images = Float64Array.from(bytes, (byte) => byte / 255)
  const scores = (inputs: Float64Array) =>
    reference.layeredValues(network, inputs, IMAGES, 'evaluation').at(-1) ?? new Float64Array()
  const forward = await layeredAddon().forward(network, data, undefined, { threads: 2 })
  const { imageGradient = new Float32Array() } = await layeredAddon().gradients(network, data, undefined, {
    threads: 2,
    behaviour: 'evaluation',
  })
  const direction = nativeAddon().random.normal(1, 'self-test/direction', 0, images.length)
  const step = 1e-4
  const moved = (sign: number) =>
    losses(scores(images.map((value, index) => value + sign * step * (direction[index] ?? 0))), labels)
  const [up, down] = [moved(1), moved(-1)]
  return [
    compare('layered forward (float32)', forward.scores, scores(images), TOLERANCE),
    compare(
      'layered gradients (float32)',
      alongDirection(imageGradient, direction),
      up.map((loss, n) => (loss - (down[n] ?? Number.NaN)) / (2 * step)),
      TOLERANCE,
    ),
  ]
}

function problem(): { network: NativeLayeredNetwork; bytes: Uint8Array; labels: Int32Array } {
  const { normal, uniform } = nativeAddon().random
  const ranges = layeredAddon().layout(architecture)
  const count = ranges.reduce((sum, { weightCount, biasCount }) => sum + weightCount + biasCount, 0)
  const { height, width, channels } = architecture
  return {
    network: {
      architecture,
      parameters: Float32Array.from(normal(1, 'self-test/layered', 0, count), (value) => value / 4),
      statistics: Float32Array.from(uniform(1, 'self-test/statistics', 0, 32), (value) => 0.5 + value),
    },
    bytes: Uint8Array.from(uniform(1, 'self-test/images', 0, IMAGES * height * width * channels), (value) =>
      Math.floor(256 * value),
    ),
    labels: Int32Array.from({ length: IMAGES }, (_, n) => n % CLASSES),
  }
}

function losses(scores: Float64Array, labels: Int32Array): Float64Array {
  return Float64Array.from(labels, (label, n) =>
    reference.crossEntropy(scores.subarray(n * CLASSES, (n + 1) * CLASSES), label),
  )
}

/** The inner product of each image's gradient with its part of the direction. */
function alongDirection(gradient: Float32Array, direction: Float64Array): Float64Array {
  const size = gradient.length / IMAGES
  return Float64Array.from({ length: IMAGES }, (_, n) => {
    let sum = 0
    for (let e = n * size; e < (n + 1) * size; e++) sum += (gradient[e] ?? 0) * (direction[e] ?? 0)
    return sum
  })
}
