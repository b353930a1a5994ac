import type { PatchData } from '../data/patch-data.js'
import type { PatchNetwork } from '../model/patch-network.js'
import type { FloatArray } from '../native/contract.js'
import type { ExecutionOptions } from '../native/execution.js'

/**
 * 1 for each sample that float32 and float64 decide differently, on the clean input or on its worst perturbation:
 * weights, inputs and perturbations are the same numbers, only the arithmetic changes. All 0 for data in float64.
 *
 * @param margins of float32, clean and under the worst perturbation
 * @param perturbation the worst of every sample; undefined checks the clean inputs alone
 */
export async function decidedDifferently(
  network: PatchNetwork,
  data: PatchData,
  margins: { clean: Float64Array; worst: Float64Array },
  perturbation: FloatArray | undefined,
  execution: ExecutionOptions,
): Promise<Uint8Array> {
  const differs = new Uint8Array(data.samples)
  if (data.precision === 'float64') return differs
  const [wideNetwork, wideData] = [network.toDouble(), data.toDouble()]
  const compare = async (narrow: Float64Array, options: { perturbation?: FloatArray }) => {
    const { margin } = await wideNetwork.evaluate(wideData, { ...options, ...execution })
    for (const [n, value] of margin.entries()) {
      if (value > 0 !== (narrow[n] ?? Number.NaN) > 0) differs[n] = 1
    }
  }
  await compare(margins.clean, {})
  if (perturbation !== undefined)
    await compare(margins.worst, { perturbation: Float64Array.from(perturbation) })
  return differs
}
