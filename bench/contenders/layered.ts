import {
  adversarial,
  createImageDataset,
  ImageData,
  type LayeredNetwork,
  pgd,
  sgd,
  standard,
  train,
} from 'robust-features'
import type { ImageCase } from '../cases/image-cases.js'
import { initialNetwork, readImageProblem } from '../cases/image-problem.js'
import { type Contender, serve } from './contender.js'

/** Ours on layered networks, through the public interface. */
async function make(benchmark: ImageCase, threads: number, folder: string): Promise<Contender> {
  const { shape, step, radius, stepSize, learningRate, momentum, weightDecay } = benchmark
  const { images, labels, parameters } = await readImageProblem(folder)
  const { samples, height, width, channels, classes } = shape
  const data = ImageData.fromImages(
    createImageDataset({ name: benchmark.name, height, width, channels, classes, images, labels }),
  )
  const blank = initialNetwork(benchmark)
  const initial = blank.withState(parameters, blank.statistics)
  const objective =
    step.attack === undefined
      ? standard()
      : adversarial(
          pgd({
            norm: step.attack.norm,
            radius,
            steps: step.attack.steps,
            stepSize,
            budget: 'input',
            bounds: [0, 1],
          }),
        )
  let trained: LayeredNetwork = initial
  const iterate = async (iterations: number, every: number) => {
    const run = train(initial, data, {
      objective,
      learningRate,
      iterations,
      batchSize: samples,
      optimizer: sgd({ momentum, weightDecay }),
      record: { every },
      threads,
    })
    const { network, history } = await run.finished
    trained = network
    return history
  }
  return {
    settings: { threads },
    async losses(steps) {
      return (await iterate(steps, 1)).map(({ loss }) => loss)
    },
    parameters: () => trained.parameters,
    async run(repetitions) {
      await iterate(repetitions, repetitions)
    },
  }
}

await serve(make)
