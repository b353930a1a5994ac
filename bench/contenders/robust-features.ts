import { adversarial, pgd, standard, train } from 'robust-features'
import type { Case } from '../cases/cases.js'
import { problemOf } from '../cases/problem.js'
import { type Contender, serve } from './contender.js'

/** Ours: the native engine through the public interface. */
async function make(benchmark: Case, threads: number): Promise<Contender> {
  const { data, network } = await problemOf(benchmark)
  const { step, radius, learningRate } = benchmark
  const objective =
    step.attack === undefined
      ? standard()
      : adversarial(pgd({ norm: step.attack.norm, radius, steps: step.attack.steps }))
  const iterate = (iterations: number, every: number) =>
    train(network, data, { objective, learningRate, iterations, record: { every }, threads }).finished
  return {
    async losses(steps) {
      if (!step.updates) return [meanOf((await network.evaluate(data, { threads })).loss)]
      return (await iterate(steps - 1, 1)).history.map(({ loss }) => loss)
    },
    async run(repetitions) {
      if (step.updates) {
        // The last state is measured too, which is one more pass.
        await iterate(Math.max(0, repetitions - 1), repetitions)
        return
      }
      for (let i = 0; i < repetitions; i++) await network.evaluate(data, { threads })
    },
  }
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

await serve(make)
