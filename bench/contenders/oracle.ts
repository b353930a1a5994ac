import { mean, PatchNetwork, pgd, smoothedRelu } from 'robust-features'
import { forward, Trainer } from '../../src/reference/index.js'
import type { Case } from '../cases/cases.js'
import { readProblem } from '../cases/problem-folder.js'
import { type Contender, serve } from './contender.js'

/** The plain TypeScript oracle in double precision, which also says which losses are right. */
async function make(benchmark: Case, _threads: number, folder: string): Promise<Contender> {
  const { step, radius, learningRate, shape } = benchmark
  const { samples, patches, dimension, classes, filtersPerClass } = shape
  const problem = await readProblem(folder, shape)
  const network = new PatchNetwork({
    classes,
    filtersPerClass,
    dimension,
    activation: smoothedRelu({ power: 3, threshold: 1 }),
    weights: Float64Array.from(problem.weights),
  }).native
  const data = {
    samples,
    patches,
    dimension,
    classes,
    inputSize: patches * dimension,
    inputs: Float64Array.from(problem.inputs),
    labels: problem.labels,
  }
  const attacks =
    step.attack === undefined
      ? []
      : [pgd({ norm: step.attack.norm, radius, steps: step.attack.steps }).native]
  const iterate = (iterations: number, recordEvery: number) =>
    new Trainer({
      network,
      data,
      attacks,
      cleanWeight: 0,
      learningRates: new Float64Array(iterations).fill(learningRate),
      momentum: 0,
      batchSize: 0,
      seed: 0,
      recordEvery,
      probes: new Float64Array(),
      iteration: 0,
    }).advance()
  return {
    settings: { threads: 1, precision: 'float64' },
    async losses(steps) {
      if (!step.updates) return [mean(forward(network, data).loss)]
      return iterate(steps - 1, 1).records.map(({ loss }) => loss)
    },
    async run(repetitions) {
      if (step.updates) iterate(Math.max(0, repetitions - 1), repetitions)
      else for (let i = 0; i < repetitions; i++) forward(network, data)
    },
  }
}

await serve(make)
