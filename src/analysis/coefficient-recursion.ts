import { type Activation, toNativeActivation } from '../model/activation.js'
import type { FeatureCoefficients } from '../model/feature-coefficients.js'
import type { RecordedCoefficients } from './learned-trajectory.js'
import { meanGradient, meanLoss } from './mean-gradient.js'
import { type MeanSample, meanSamples, type PatchKind } from './mean-sample.js'

/** What the recursion knows of data and training: no sample, no noise. */
export interface RecursionProblem {
  readonly classes: number
  readonly activation: Activation
  /** η. */
  readonly learningRate: number
  readonly robust: PatchKind
  readonly nonRobust: PatchKind
  /** ε of the ball of every patch; 0: standard training. */
  readonly radius: number
}

/**
 * Predicts the coefficients c_{f,e} = ⟨w_f, e⟩ over training from their initial values (Lemmas 5.1 and 5.2 of
 * arXiv 2410.08503): u ← u + (η/k)(1 − p_y) Σ_p α_p σ′(α_p u), likewise v, with p_y of the recursion's own scores.
 * Every filter and feature has its coefficient, so that wrong classes' filters, which shrink by p_i, are in it too.
 *
 * Σ_p is the number of patches times the mean over the strengths' range. With a radius, the strengths are those under
 * the worst of the feature-aligned perturbations of the moment, one for all patches: own − ε sin θ, and ε cos θ along a
 * wrong class's feature. What it leaves out: noise, the weights outside the features, and one-step attacks.
 *
 * @param iterations ascending; which states are returned
 */
export function predictCoefficients(
  initial: FeatureCoefficients,
  problem: RecursionProblem,
  iterations: readonly number[],
): RecordedCoefficients[] {
  const { classes, learningRate } = problem
  const state = joined(initial, classes)
  const activation = toNativeActivation(problem.activation)
  const samples = Array.from({ length: classes }, (_, label) => meanSamples(problem, label))
  const predicted: RecordedCoefficients[] = []
  const wanted = new Set(iterations)
  const last = iterations.at(-1) ?? -1
  for (let iteration = 0; iteration <= last; iteration++) {
    if (wanted.has(iteration)) predicted.push({ iteration, coefficients: split(state, classes) })
    const gradients = samples.map((candidates, label) => {
      const network = { classes, activation, coefficients: state }
      const worst = worstOf(candidates, (sample) => meanLoss(network, sample, label))
      return meanGradient(network, worst, label)
    })
    for (const gradient of gradients) {
      for (const [index, slope] of gradient.entries()) {
        state[index] = (state[index] ?? 0) - (learningRate / classes) * slope
      }
    }
  }
  return predicted
}

/** The sample on which the loss is largest. */
function worstOf(samples: readonly MeanSample[], lossOn: (sample: MeanSample) => number): MeanSample {
  let [worst = []] = samples
  let largest = Number.NEGATIVE_INFINITY
  for (const sample of samples.length === 1 ? [] : samples) {
    const loss = lossOn(sample)
    if (loss > largest) [worst, largest] = [sample, loss]
  }
  return worst
}

function joined({ robust, nonRobust }: FeatureCoefficients, classes: number): Float64Array {
  const out = new Float64Array(2 * robust.length)
  for (let index = 0; index < robust.length; index++) {
    const first = Math.floor(index / classes) * 2 * classes + (index % classes)
    out[first] = robust[index] ?? 0
    out[first + classes] = nonRobust[index] ?? 0
  }
  return out
}

function split(state: Float64Array, classes: number): FeatureCoefficients {
  const part = (offset: number) =>
    Float64Array.from({ length: state.length / 2 }, (_, index) => {
      const row = Math.floor(index / classes)
      return state[row * 2 * classes + offset + (index % classes)] ?? 0
    })
  return { robust: part(0), nonRobust: part(classes) }
}
