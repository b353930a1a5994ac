import { type Benchmark, isImageCase } from '../cases/benchmark.js'
import { readImageProblem } from '../cases/image-problem.js'
import { readProblem } from '../cases/problem-folder.js'
import { type Contender, serve, type Unsupported } from './contender.js'
import { layered } from './tfjs/layered.js'
import { backends, load } from './tfjs/library.js'
import { ordinary } from './tfjs/ordinary.js'
import { tuned } from './tfjs/tuned.js'

/** TensorFlow.js: `tfjs-cpu`, `tfjs-wasm` and `tfjs-node`, or one of them with `-ordinary`. */
async function make(
  benchmark: Benchmark,
  threads: number,
  folder: string,
  name: string,
): Promise<Contender | Unsupported> {
  const [, backendName, variant] = name.split('-')
  const backend = backends.find((candidate) => candidate === backendName)
  if (backend === undefined) throw new Error(`Expected a contender such as tfjs-wasm, got '${name}'.`)
  const known = backend
  const library = await load(backend, threads)
  if ('unsupported' in library) return library
  const { tf, versions, settings } = library
  const contender = await contenderOf()
  try {
    // Warms up, and fails here rather than later where the backend lacks a kernel.
    await contender.run(1)
  } catch (error) {
    const kernel = /Kernel '(\w+)' not registered/.exec(String(error))?.[1]
    if (kernel === undefined) throw error
    return { unsupported: `The ${backend} backend has no kernel ${kernel}.` }
  }
  return { ...contender, versions, settings: { ...settings, ...contender.settings } }

  async function contenderOf(): Promise<Contender> {
    if (isImageCase(benchmark)) return layered(tf, known, benchmark, await readImageProblem(folder))
    const problem = await readProblem(folder, benchmark.shape)
    return variant === 'ordinary' ? ordinary(tf, benchmark, problem) : tuned(tf, known, benchmark, problem)
  }
}

await serve<Benchmark>(make)
