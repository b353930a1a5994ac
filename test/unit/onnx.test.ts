import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  activation,
  convolution,
  dense,
  globalAveragePooling,
  type Layer,
  LayeredNetwork,
  relu,
  residual,
  resnet8,
  resnet20,
  saveOnnx,
  smallCnn,
  standard,
  train,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import {
  describeLayered,
  layerCases,
  learnableImageData,
  randomImageData,
  randomNetwork,
} from '../helpers/layered-cases.js'
import { onnxDifference } from '../helpers/onnx-runtime.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const TOLERANCE = 1e-4
const colour = { mean: [0.49, 0.48, 0.45], deviation: [0.25, 0.24, 0.26] }

describeLayered('a network as an ONNX file', () => {
  it.each(layerCases)('with $name scores in ONNX Runtime as here', async ({ layers, sizes }) => {
    const data = randomImageData(1, sizes)
    expect(await onnxDifference(randomNetwork(layers, data), data)).toBeLessThan(TOLERANCE)
  })

  it.each<[string, Layer[]]>([
    ['a sum of vectors', [residual([dense({ units: 4 }), activation(relu())], [dense({ units: 4 })])]],
    [
      'a sum of a vector and an image',
      [convolution({ channels: 4 }), residual([dense({ units: 4 })], [globalAveragePooling()])],
    ],
    ['a convolution of a vector', [dense({ units: 4 }), convolution({ channels: 6, window: 1 })]],
  ])('with %s scores in ONNX Runtime as here', async (_, layers) => {
    const data = randomImageData(2)
    const network = randomNetwork([...layers, dense({ units: 3 })], data)
    expect(await onnxDifference(network, data)).toBeLessThan(TOLERANCE)
  })

  it.each<[string, Layer[], { height: number; width: number; channels: number }]>([
    ['smallCnn', smallCnn({ classes: 10 }), { height: 28, width: 28, channels: 1 }],
    ['resnet8', resnet8({ classes: 10, normalization: colour }), { height: 32, width: 32, channels: 3 }],
    ['resnet20', resnet20({ classes: 10, normalization: colour }), { height: 32, width: 32, channels: 3 }],
  ])('of a trained %s scores in ONNX Runtime as here', async (_, layers, input) => {
    const data = learnableImageData(3, { ...input, count: 40, classes: 10 })
    const fresh = LayeredNetwork.initialize({ input, layers, seed: 1 })
    const { network } = await train(fresh, data, {
      objective: standard(),
      learningRate: 0.01,
      epochs: 3,
      batchSize: 8,
    }).finished
    expect(await onnxDifference(network, data)).toBeLessThan(TOLERANCE)
  })

  it('is the same file for the same network', async () => {
    const data = randomImageData(1)
    const network = randomNetwork([dense({ units: 3 })], data)
    const paths = ['a', 'b'].map((name) => join(temporaryFolder(), name))
    for (const path of paths) await saveOnnx(network, path)
    const [a, b] = paths.map((path) => readFileSync(path))
    expect(a?.equals(b as Buffer)).toBe(true)
  })

  it('is written for layered networks alone, and only where that can be', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'network.onnx')
    const message = await failure('INVALID_ARGUMENT', () => saveOnnx({} as LayeredNetwork, path))
    expect(message).toBe('Expected `network` to be a LayeredNetwork, got an empty object.')
    expect(existsSync(path)).toBe(false)
    const data = randomImageData(1)
    const network = randomNetwork([dense({ units: 3 })], data)
    await failure('WRITE_FAILED', () => saveOnnx(network, join(folder, 'nowhere', 'network.onnx')))
  })
})
