import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Case, Shape } from './cases.js'
import { problemOf } from './problem.js'

/** A case's arrays: N × P × d inputs, N labels and k·m × d initial weights, row-major. */
export interface Problem {
  readonly inputs: Float32Array
  readonly labels: Int32Array
  readonly weights: Float32Array
}

/** Writes what every contender reads: `inputs.f32`, `labels.i32` and `weights.f32`, little-endian. */
export async function writeProblem(benchmark: Case, folder: string): Promise<void> {
  const { data, network } = await problemOf(benchmark)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'inputs.f32'), data.inputs())
  await writeFile(join(folder, 'labels.i32'), data.labels())
  await writeFile(join(folder, 'weights.f32'), network.weights)
}

/** The first samples of a problem's folder, as many as `shape` has. */
export async function readProblem(folder: string, { samples, patches, dimension }: Shape): Promise<Problem> {
  const [inputs, labels, weights] = await Promise.all(
    ['inputs.f32', 'labels.i32', 'weights.f32'].map((name) => readFile(join(folder, name))),
  )
  if (inputs === undefined || labels === undefined || weights === undefined) throw new Error('No problem.')
  return {
    inputs: new Float32Array(numbers(inputs)).subarray(0, samples * patches * dimension),
    labels: new Int32Array(numbers(labels)).subarray(0, samples),
    weights: new Float32Array(numbers(weights)),
  }
}

/** The bytes in a buffer of their own, which starts at 0 as typed arrays need it. */
function numbers(bytes: Buffer): ArrayBuffer {
  const copy = new ArrayBuffer(bytes.byteLength)
  new Uint8Array(copy).set(bytes)
  return copy
}
