import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { LayeredNetwork, resnet8 } from 'robust-features'
import type { ImageCase } from './image-cases.js'

/** A case's arrays: N × height × width × channels bytes, N labels and the initial parameters. */
export interface ImageProblem {
  readonly images: Uint8Array
  readonly labels: Uint8Array
  /** Operation by operation as in src/native/layered-contract.ts; a residual block's shortcut comes before its body. */
  readonly parameters: Float32Array
}

/** Writes what every contender reads: `images.u8`, `labels.u8` and `parameters.f32`, little-endian. */
export async function writeImageProblem(benchmark: ImageCase, folder: string): Promise<void> {
  const { samples, height, width, channels, classes } = benchmark.shape
  const next = bytesOf(1)
  await mkdir(folder, { recursive: true })
  await writeFile(
    join(folder, 'images.u8'),
    Uint8Array.from({ length: samples * height * width * channels }, next),
  )
  await writeFile(
    join(folder, 'labels.u8'),
    Uint8Array.from({ length: samples }, () => next() % classes),
  )
  await writeFile(join(folder, 'parameters.f32'), initialNetwork(benchmark).parameters)
}

export async function readImageProblem(folder: string): Promise<ImageProblem> {
  const read = (name: string) => readFile(join(folder, name))
  const parameters = Uint8Array.from(await read('parameters.f32'))
  return {
    images: await read('images.u8'),
    labels: await read('labels.u8'),
    parameters: new Float32Array(parameters.buffer),
  }
}

export function initialNetwork({ shape, normalization }: ImageCase): LayeredNetwork {
  const { height, width, channels, classes } = shape
  return LayeredNetwork.initialize({
    input: { height, width, channels },
    layers: resnet8({ classes, normalization }),
    seed: 1,
  })
}

/** Random bytes: the high ones of a linear congruential generator (Numerical Recipes, 1664525 and 1013904223). */
function bytesOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >>> 24
  }
}
