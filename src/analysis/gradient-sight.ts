import type { ThreatModel } from '../attacks/attack.js'
import type { PatchData } from '../data/patch-data.js'
import type { PatchNetwork } from '../model/patch-network.js'
import type { ExecutionOptions } from '../native/execution.js'

/** Unit of least precision of 1. */
const SPACING = { float32: 2 ** -23, float64: 2 ** -52 }

/**
 * 1 for each sample whose gradient promises less than rounding hides: with g the gradient of the margin at the clean
 * input, the most a step within the radius can change the margin to first order, ε Σ_balls ‖g‖_* (ℓ2, or ℓ1 for ℓ∞),
 * is no more than the spacing of the precision times max_j |F_j|. Scores cannot show such a step's effect. Zero
 * gradients are the extreme case.
 */
export async function gradientsTooSmall(
  network: PatchNetwork,
  data: PatchData,
  { norm, radius, budget }: ThreatModel,
  execution: ExecutionOptions,
): Promise<Uint8Array> {
  const { scores } = await network.evaluate(data, execution)
  const gradient = await network.inputGradient(data, { loss: 'margin', ...execution })
  const length = budget === 'patch' && !data.overlapping ? data.dimension : data.inputSize
  const classes = scores.length / Math.max(1, data.samples)
  return Uint8Array.from({ length: data.samples }, (_, n) => {
    let promise = 0
    for (let first = n * data.inputSize; first < (n + 1) * data.inputSize; first += length) {
      let sum = 0
      for (let e = first; e < first + length; e++) {
        const value = gradient[e] ?? 0
        sum += norm === 'l2' ? value * value : Math.abs(value)
      }
      promise += radius * (norm === 'l2' ? Math.sqrt(sum) : sum)
    }
    const largest = scores
      .subarray(n * classes, (n + 1) * classes)
      .reduce((kept, score) => Math.max(kept, Math.abs(score)), 0)
    return promise <= SPACING[data.precision] * largest ? 1 : 0
  })
}
