import { pathToFileURL } from 'node:url'
import type { Case } from '../cases/cases.js'
import { readProblem } from '../cases/problem-folder.js'
import { type Contender, serve, type Unsupported } from './contender.js'

type Library = typeof import('robust-features')

/** A build to measure instead of the package's own, for `bench:compare`. */
const build = process.env.BENCH_LIBRARY
const library: Library = await import(build === undefined ? 'robust-features' : pathToFileURL(build).href)

/** Ours: the native engine through the public interface; where an attack calculates is chosen by the name. */
async function make(
  benchmark: Case,
  threads: number,
  folder: string,
  name: string,
): Promise<Contender | Unsupported> {
  const { step, shape, radius, learningRate } = benchmark
  const space = spaceOf(name)
  if (name === 'robust-features-gram' && step.attack?.norm !== 'l2') {
    return {
      unsupported: 'Only an l2 perturbation stays in the span of the filters, and this case has none.',
    }
  }
  if (name === 'robust-features-direct' && step.attack?.norm !== 'l2') {
    return { unsupported: 'Only an l2 attack has a choice of space; this case is that of robust-features.' }
  }
  const { data, network } = await problemFor(folder, shape, name === 'robust-features-float64')
  const attack = step.attack && {
    norm: step.attack.norm,
    radius,
    steps: step.attack.steps,
    ...(space !== undefined && { space }),
  }
  const objective = attack === undefined ? library.standard() : library.adversarial(library.pgd(attack))
  const iterate = (iterations: number, every: number) =>
    library.train(network, data, { objective, learningRate, iterations, record: { every }, threads }).finished
  return {
    settings: { threads, precision: data.precision, ...(space !== undefined && { space }) },
    async losses(steps) {
      if (!step.updates) return [library.mean((await network.evaluate(data, { threads })).loss)]
      return (await iterate(steps - 1, 1)).history.map(({ loss }) => loss)
    },
    async run(repetitions) {
      if (step.updates) {
        // The last state is differentiated and recorded too: R passes with R − 1 of the k·m·d-number updates, and
        // the clean losses of two records.
        await iterate(Math.max(0, repetitions - 1), repetitions)
        return
      }
      for (let i = 0; i < repetitions; i++) await network.evaluate(data, { threads })
    },
  }
}

/** None for the planner's choice. The reference in float64 takes the plain way. */
function spaceOf(name: string): 'gram' | 'direct' | undefined {
  if (name === 'robust-features-gram') return 'gram'
  return name === 'robust-features' ? undefined : 'direct'
}

async function problemFor(folder: string, shape: Case['shape'], float64: boolean) {
  const { patches, dimension, classes, filtersPerClass } = shape
  const problem = await readProblem(folder, shape)
  const typed = (values: Float32Array) => (float64 ? Float64Array.from(values) : values)
  const activation = library.smoothedRelu({ power: 3, threshold: 1 })
  return {
    data: library.PatchData.fromArrays({
      patches,
      dimension,
      classes,
      inputs: typed(problem.inputs),
      labels: problem.labels,
    }),
    network: new library.PatchNetwork({
      classes,
      filtersPerClass,
      dimension,
      activation,
      weights: typed(problem.weights),
    }),
  }
}

await serve(make)
