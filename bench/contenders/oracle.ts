import { pgd } from 'robust-features'
import { forward, Trainer } from '../../src/reference/index.js'
import type { Case } from '../cases/cases.js'
import { problemOf } from '../cases/problem.js'
import { type Contender, serve } from './contender.js'

/** The plain TypeScript oracle, which also gives the losses that every other contender must reproduce. */
async function make(benchmark: Case): Promise<Contender> {
  const { data, network } = await problemOf(benchmark)
  const { samples, patches, dimension, classes, inputSize } = data
  const plain = {
    samples,
    patches,
    dimension,
    classes,
    inputSize,
    inputs: data.inputs(),
    labels: data.labels(),
  }
  const { step, radius, learningRate } = benchmark
  const attacks =
    step.attack === undefined
      ? []
      : [pgd({ norm: step.attack.norm, radius, steps: step.attack.steps }).native]
  const iterate = (iterations: number, recordEvery: number) =>
    new Trainer({
      network: network.native,
      data: plain,
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
    async losses(steps) {
      if (!step.updates) return [meanOf(forward(network.native, plain).loss)]
      return iterate(steps - 1, 1).records.map(({ loss }) => loss)
    },
    async run(repetitions) {
      if (step.updates) iterate(Math.max(0, repetitions - 1), repetitions)
      else for (let i = 0; i < repetitions; i++) forward(network.native, plain)
    },
  }
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

await serve(make)
