import type { ThreatModel } from '../attacks/attack.js'
import type { PatchData } from '../data/patch-data.js'
import type { FloatArray } from '../native/contract.js'

/** Largest ℓ2 or ℓ∞ norm over each sample's balls, in double; NaN where the perturbation holds one. */
export function largestBallNorm(
  perturbation: FloatArray,
  threat: ThreatModel,
  data: PatchData,
): Float64Array {
  const length = threat.budget === 'patch' ? data.dimension : data.inputSize
  return Float64Array.from({ length: data.samples }, (_, n) => {
    let largest = 0
    for (let first = n * data.inputSize; first < (n + 1) * data.inputSize; first += length) {
      const ball = perturbation.subarray(first, first + length)
      largest = Math.max(largest, threat.norm === 'l2' ? euclideanNorm(ball) : largestMagnitude(ball))
    }
    return largest
  })
}

/** The first sample whose perturbed input leaves the threat model's box; undefined when none does. */
export function leavesBounds(
  perturbation: FloatArray,
  threat: ThreatModel,
  data: PatchData,
): number | undefined {
  if (threat.bounds === undefined) return undefined
  const [lower, upper] = threat.bounds
  const inputs = data.inputs()
  const slack = 1e-6 * (upper - lower)
  const outside = inputs.findIndex((value, index) => {
    const perturbed = value + (perturbation[index] ?? Number.NaN)
    return !(perturbed >= lower - slack && perturbed <= upper + slack)
  })
  return outside === -1 ? undefined : Math.floor(outside / data.inputSize)
}

function euclideanNorm(values: FloatArray): number {
  let sum = 0
  for (const value of values) sum += value * value
  return Math.sqrt(sum)
}

function largestMagnitude(values: FloatArray): number {
  let largest = 0
  for (const value of values) largest = Math.max(largest, Math.abs(value))
  return largest
}
