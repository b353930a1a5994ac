import type { Case } from '../cases/cases.js'
import { readProblem } from '../cases/problem-folder.js'
import { type Contender, serve, type Unsupported } from './contender.js'
import { backends, load } from './tfjs/library.js'
import { ordinary } from './tfjs/ordinary.js'
import { tuned } from './tfjs/tuned.js'

/** TensorFlow.js: `tfjs-cpu`, `tfjs-wasm` and `tfjs-node`, or one of them with `-ordinary`. */
async function make(
  benchmark: Case,
  threads: number,
  folder: string,
  name: string,
): Promise<Contender | Unsupported> {
  const [, backendName, variant] = name.split('-')
  const backend = backends.find((known) => known === backendName)
  if (backend === undefined) throw new Error(`Expected a contender such as tfjs-wasm, got '${name}'.`)
  const library = await load(backend, threads)
  if ('unsupported' in library) return library
  const { tf, versions, settings } = library
  const problem = await readProblem(folder, benchmark.shape)
  const contender =
    variant === 'ordinary' ? ordinary(tf, benchmark, problem) : tuned(tf, backend, benchmark, problem)
  try {
    // Warms up, and fails here rather than later where the backend lacks a kernel.
    await contender.run(1)
  } catch (error) {
    const kernel = /Kernel '(\w+)' not registered/.exec(String(error))?.[1]
    if (kernel === undefined) throw error
    return { unsupported: `The ${backend} backend has no kernel ${kernel}.` }
  }
  return { ...contender, versions, settings: { ...settings, ...contender.settings } }
}

await serve(make)
