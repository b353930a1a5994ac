import type { ThreatModel } from '../attacks/attack.js'
import type { Samples } from '../data/samples.js'
import type { Network } from '../model/network.js'
import type { FloatArray } from '../native/contract.js'
import { RobustFeaturesError } from '../native/errors.js'
import type { ExecutionOptions } from '../native/execution.js'

/** Largest ℓ2 or ℓ∞ norm over each sample's balls, in double; NaN where the perturbation holds one. */
export function largestBallNorm(perturbation: FloatArray, threat: ThreatModel, data: Samples): Float64Array {
  const length = threat.budget === 'patch' ? (data.dimension ?? data.inputSize) : data.inputSize
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
  data: Samples,
): number | undefined {
  if (threat.bounds === undefined) return undefined
  const [lower, upper] = threat.bounds
  const slack = 1e-6 * (upper - lower)
  for (let n = 0; n < data.samples; n++) {
    const first = n * data.inputSize
    const isInside = data.inputs(n, 1).every((value: number, index: number) => {
      const perturbed = value + (perturbation[first + index] ?? Number.NaN)
      return perturbed >= lower - slack && perturbed <= upper + slack
    })
    if (!isInside) return n
  }
  return undefined
}

/**
 * The norms of perturbations that stay in an attack's threat model.
 *
 * @param name what made them
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for the first sample that leaves the ball or the box
 */
export function requireWithin(
  perturbation: FloatArray,
  threat: ThreatModel,
  data: Samples,
  name: string,
): Float64Array {
  const refuse = (sample: number, expected: string, found: string) =>
    new RobustFeaturesError(
      'INVALID_ARGUMENT',
      `Expected the perturbation of ${name} on sample ${sample} to be ${expected}, got ${found}.`,
    )
  const norm = largestBallNorm(perturbation, threat, data)
  const wrong = norm.findIndex((value) => !(value <= threat.radius * (1 + ROUNDING[data.precision])))
  if (wrong !== -1) throw refuse(wrong, `of norm at most ${threat.radius}`, `norm ${norm[wrong]}`)
  const left = leavesBounds(perturbation, threat, data)
  if (left !== undefined) throw refuse(left, `within [${threat.bounds}]`, 'an input outside')
  return norm
}

/**
 * Scores the worst perturbations once more, on their own.
 *
 * @param worst per sample; a sample whose clean input is the worst has none
 * @throws RobustFeaturesError `NATIVE_FAILURE` where a perturbation leaves the threat model or a verdict is another
 */
export async function requireSameVerdicts<Data extends Samples>(
  network: Network<Data>,
  data: Data,
  threat: ThreatModel,
  worst: { readonly perturbations: FloatArray; readonly margin: Float64Array },
  execution: ExecutionOptions,
): Promise<void> {
  try {
    requireWithin(worst.perturbations, threat, data, 'the engine')
  } catch (cause) {
    throw new RobustFeaturesError('NATIVE_FAILURE', (cause as Error).message, { cause })
  }
  const { margin } = await network.evaluate(data, { ...execution, perturbation: worst.perturbations })
  const other = margin.findIndex((value, n) => value > 0 !== (worst.margin[n] ?? Number.NaN) > 0)
  if (other === -1) return
  throw new RobustFeaturesError(
    'NATIVE_FAILURE',
    `Expected sample ${other} to have margin ${worst.margin[other]} on its returned perturbation, got ${margin[other]}.`,
  )
}

/** How far rounding may carry a norm over the radius: a few units in the last place. */
const ROUNDING = { float32: 1e-6, float64: 1e-14 }

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
