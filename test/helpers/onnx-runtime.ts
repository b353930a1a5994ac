import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { env, InferenceSession, Tensor } from 'onnxruntime-web'
import { type ImageData, type LayeredNetwork, saveOnnx } from '../../src/index.js'
import { temporaryFolder } from './temporary-folder.js'

env.wasm.numThreads = 1
env.logLevel = 'error'

/** The largest difference between the scores here and those of the exported network in ONNX Runtime. */
export async function onnxDifference(network: LayeredNetwork, data: ImageData): Promise<number> {
  const path = join(temporaryFolder(), 'network.onnx')
  await saveOnnx(network, path)
  const session = await InferenceSession.create(readFileSync(path))
  const { samples, height, width, channels } = data
  const images = new Tensor('float32', channelsFirst(data), [samples, channels, height, width])
  const { scores: found } = await session.run({ images })
  const { scores } = await network.evaluate(data)
  if (String(found?.dims) !== String([samples, network.classes])) return Number.NaN
  const differences = scores.map((score, index) => Math.abs(score - Number(found?.data[index])))
  return differences.reduce((largest, difference) => Math.max(largest, difference), 0)
}

function channelsFirst(data: ImageData): Float32Array {
  const { inputSize, channels } = data
  const positions = inputSize / channels
  const inputs = data.inputs()
  return inputs.map((_, index) => {
    const [n, inside] = [Math.floor(index / inputSize), index % inputSize]
    const [channel, position] = [Math.floor(inside / positions), inside % positions]
    return inputs[n * inputSize + position * channels + channel] as number
  })
}
