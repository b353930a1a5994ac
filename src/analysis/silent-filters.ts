import type { PatchData } from '../data/patch-data.js'
import { PatchNetwork } from '../model/patch-network.js'
import type { ExecutionOptions } from '../native/execution.js'

/** A filter below this share of the largest activation changes no score in float32. */
const SILENT = 2 ** -23
/** More samples would cost more than they tell. */
const SAMPLES = 1000

/**
 * How many filters take no part: max over samples of |Σ_p σ(⟨w, x_p⟩)|, over the first 1000 samples, is at most 2⁻²³ of
 * the largest filter's. A zero filter is the extreme case.
 */
export async function silentFilters(
  network: PatchNetwork,
  data: PatchData,
  execution: ExecutionOptions = {},
): Promise<number> {
  const { dimension, activation, weights } = network
  const filters = weights.length / dimension
  // A network whose every filter is a class has the filters' activations as its scores.
  const apart = new PatchNetwork({ classes: filters, filtersPerClass: 1, dimension, activation, weights })
  const some = data.samples <= SAMPLES ? data : data.select(Array.from({ length: SAMPLES }, (_, n) => n))
  const { scores } = await apart.evaluate(some, execution)
  const largest = new Float64Array(filters)
  for (const [index, score] of scores.entries()) {
    const filter = index % filters
    largest[filter] = Math.max(largest[filter] ?? 0, Math.abs(score))
  }
  const most = largest.reduce((kept, value) => Math.max(kept, value), 0)
  return largest.filter((value) => value <= SILENT * most).length
}
