import type { ProbeSamples } from '../../analysis/linear-probe.js'
import type { ImageData } from '../../data/image-data.js'
import { type LayerOutput, layerOutput } from '../../features/layer-output.js'
import type { LayeredNetwork } from '../../model/layered-network.js'
import type { ExecutionOptions } from '../../native/execution.js'

/** Rows and columns that a probe sees of a channel. */
const SIDE = 4
/** Images whose values are in memory at a time. */
const CHUNK = 128

/** Images, and what is added to them. */
export interface PerturbedImages {
  readonly data: ImageData
  /** N × height × width × channels; none where absent. */
  readonly perturbation?: Float32Array
}

/** What a layer makes of images, averaged over at most 4 × 4 regions of every channel, as the samples of a probe. */
export async function stageValues(
  network: LayeredNetwork,
  layer: string,
  { data, perturbation }: PerturbedImages,
  execution: ExecutionOptions,
): Promise<ProbeSamples> {
  const parts: Float32Array[] = []
  for (let first = 0; first < data.samples; first += CHUNK) {
    const count = Math.min(CHUNK, data.samples - first)
    const chunk = data.select(Int32Array.from({ length: count }, (_, n) => first + n))
    const added = perturbation?.subarray(first * data.inputSize, (first + count) * data.inputSize)
    const output = await layerOutput(network, chunk, layer, {
      ...execution,
      ...(added === undefined ? {} : { perturbation: added }),
    })
    parts.push(pooled(output))
  }
  const values = new Float32Array(parts.reduce((length, part) => length + part.length, 0))
  let filled = 0
  for (const part of parts) {
    values.set(part, filled)
    filled += part.length
  }
  return { values, labels: data.labels() }
}

/** Means over regions [⌊i·H/h⌋, ⌈(i+1)·H/h⌉), which cover every row and column; h at most 4. */
export function pooled({ values, height, width }: LayerOutput): Float32Array {
  const [rows, columns] = [regions(height), regions(width)]
  const planes = values.length / (height * width)
  const out = new Float32Array(planes * rows.length * columns.length)
  let place = 0
  for (let plane = 0; plane < planes; plane++) {
    for (const [top, bottom] of rows) {
      for (const [left, right] of columns) {
        let sum = 0
        for (let i = top; i < bottom; i++) {
          for (let j = left; j < right; j++) sum += values[(plane * height + i) * width + j] ?? 0
        }
        out[place++] = sum / ((bottom - top) * (right - left))
      }
    }
  }
  return out
}

function regions(side: number): [number, number][] {
  const count = Math.min(SIDE, side)
  return Array.from({ length: count }, (_, i) => [
    Math.floor((i * side) / count),
    Math.ceil(((i + 1) * side) / count),
  ])
}
