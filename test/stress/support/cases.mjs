// Trainings of both kinds of network, adversarial, small in what they hold and as long as asked.
import { createHash } from 'node:crypto'
import {
  activation,
  adversarial,
  batchNormalization,
  convolution,
  createImageDataset,
  dense,
  ImageData,
  LayeredNetwork,
  maxPooling,
  PatchDistribution,
  PatchNetwork,
  pgd,
  relu,
  sgd,
  train,
} from '../../../dist/index.js'

/**
 * @typedef {object} RunOptions
 * @property {number} [iterations] default: minutes of them
 * @property {number} [seed]
 * @property {number} [threads] default: all processors
 * @property {AbortSignal} [signal]
 *
 * @typedef {object} Kind
 * @property {string} name of its networks
 * @property {number} sampleBytes what a sample of its data takes natively, its label excepted
 * @property {number} secondIterations how many take about a second
 * @property {(samples: number) => Promise<import('../../../dist/index.js').Samples>} data
 * @property {(data: any, options?: RunOptions) => import('../../../dist/index.js').TrainingRun<any, any>} start
 */

/** Minutes of work, of which no check takes more than seconds; each takes 8 bytes, its learning rate. */
const MINUTES = 1e6
const objective = (norm) => adversarial(pgd({ norm, radius: 0.1, steps: 3, randomStart: true }))

/** @type {Kind} */
const patches = {
  name: 'patch networks',
  sampleBytes: 8 * 32 * 4,
  secondIterations: 4000,
  data: (samples) =>
    new PatchDistribution({
      classes: 2,
      dimension: 32,
      robustPatches: 1,
      nonRobustPatches: 7,
      robustStrength: 2,
      nonRobustStrength: 1,
      noise: 0.1,
      seed: 1,
    }).sample(samples),
  start(data, { iterations = MINUTES, seed = 1, threads, signal } = {}) {
    const network = PatchNetwork.initialize({ classes: 2, dimension: 32, filtersPerClass: 8, seed })
    const batchSize = Math.min(data.samples, 16)
    const options = { objective: objective('l2'), learningRate: 0.05, momentum: 0.5, batchSize }
    return train(network, data, { ...options, iterations, seed, threads, signal, record: { every: 100 } })
  },
}

const shape = { height: 10, width: 10, channels: 1 }
const layers = [
  convolution({ channels: 16, padding: 1, bias: false }),
  batchNormalization(),
  activation(relu()),
  maxPooling({ window: 2 }),
  dense({ units: 2 }),
]

const imageSets = new Map()

/** Waves, made once for each number of samples. */
function imageSet(samples) {
  if (!imageSets.has(samples)) {
    const images = Uint8Array.from(
      { length: samples * 100 },
      (_, i) => 128 + 127 * Math.sin(i * (1 + (i % 3))),
    )
    const labels = Uint8Array.from({ length: samples }, (_, n) => n % 2)
    imageSets.set(samples, createImageDataset({ name: 'waves', ...shape, classes: 2, images, labels }))
  }
  return imageSets.get(samples)
}

/** @type {Kind} */
const layered = {
  name: 'layered networks',
  sampleBytes: 100,
  secondIterations: 2000,
  data: async (samples) => ImageData.fromImages(imageSet(samples)),
  start(data, { iterations = MINUTES, seed = 1, threads, signal } = {}) {
    const network = LayeredNetwork.initialize({ input: shape, layers, seed })
    const options = { objective: objective('linf'), learningRate: 0.05, optimizer: sgd({ momentum: 0.5 }) }
    const batchSize = Math.min(data.samples, 16)
    return train(network, data, { ...options, batchSize, iterations, seed, threads, signal })
  },
}

/** Both kinds, or the first alone where the build is without layered networks, which `report` is told. */
export function kinds(report) {
  try {
    LayeredNetwork.initialize({ input: shape, layers, seed: 1 })
    return [patches, layered]
  } catch (error) {
    if (error.code !== 'NATIVE_ADDON_UNAVAILABLE') throw error
    report(`without layered networks: ${error.message}`)
    return [patches]
  }
}

/** SHA-256 of all a run has learned and recorded. */
export async function digestOf(run) {
  const { network, history } = await run.finished
  const hash = createHash('sha256').update(JSON.stringify(history))
  for (const numbers of [network.weights, network.parameters, network.statistics]) {
    if (numbers !== undefined)
      hash.update(new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength))
  }
  return hash.digest('hex')
}

/** Resolves when aborted runs have come to their end. */
export async function ended(runs) {
  for (const run of runs) {
    await run.finished.catch((error) => {
      if (error.code !== 'ABORTED') throw error
    })
  }
}
