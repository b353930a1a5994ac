/**
 * Every tolerance of the parity tests: k · eps · magnitude, with k counted from the operations and the
 * magnitude from the absolute values of what is added up. The oracle's own rounding is far below them in
 * float32 and covered by the same k in float64.
 */
import type { NativeActivation, NativeNetwork, Precision } from '../../src/native/contract.js'
import { activationSlope, gatherPatches, type PatchData, perturbedInput } from '../../src/reference/index.js'

/** Distance from 1 to the next number. */
export const epsilon = { float32: 2 ** -23, float64: 2 ** -52 } as const

/** Smallest normal number: below it relative errors mean nothing, and workers flush to zero. */
export const smallestNormal = { float32: 2 ** -126, float64: 2 ** -1022 } as const

/** Rows that `activationColumnSums` adds up in the working precision before it goes on in double. */
const ROWS_SUMMED_IN_PRECISION = 64

/** z/ϱ, q multiplications, the factor and the sum: each rounds once or twice. */
function activationRoundings({ kind, power }: NativeActivation): number {
  return kind === 'relu' ? 1 : 2 * power + 4
}

/** σ and σ′ are sums and products of non-negative numbers: the error is relative to the result. */
export function activationTolerance(
  precision: Precision,
  activation: NativeActivation,
  result: number,
): number {
  return activationRoundings(activation) * epsilon[precision] * Math.abs(result) + smallestNormal[precision]
}

/** `sum` is Σ σ, all terms of one sign. */
export function columnSumTolerance(
  precision: Precision,
  activation: NativeActivation,
  rows: number,
  sum: number,
): number {
  const inPrecision = (ROWS_SUMMED_IN_PRECISION + activationRoundings(activation)) * epsilon[precision]
  return (inPrecision + rows * epsilon.float64) * sum + smallestNormal[precision]
}

/** A sum of `terms` products in any order, with or without fused operations; `magnitude` is Σ |a| |b|. */
export function productTolerance(precision: Precision, terms: number, magnitude: number): number {
  return (terms + 1) * epsilon[precision] * magnitude + smallestNormal[precision]
}

/** exp, log and a sum over `classes` scores, all in double whatever the precision of the network. */
export function residualTolerance(classes: number, result: number): number {
  return (classes + 16) * epsilon.float64 * Math.abs(result)
}

/** ℓ2 norms are summed in double; the result is rounded a few times. */
export function normTolerance(length: number, result: number): number {
  return (length + 4) * epsilon.float64 * result
}

/**
 * A step and a rescaling, rounded to the precision: a few roundings of the longest vector met on the way,
 * and the native projection aims up to 16 roundings inside the ball.
 */
export function ascentTolerance(precision: Precision, length: number, longest: number): number {
  return ((precision === 'float32' ? 8 : 24) * epsilon[precision] + length * epsilon.float64) * longest
}

/** Box–Muller through another libm: log, cos and sin may differ in the last place. */
export function normalTolerance(value: number): number {
  return 8 * epsilon.float64 * (1 + Math.abs(value))
}

/** α u + σ_n ξ computed in double from the numbers above, then rounded to the precision. */
export function sampleTolerance(precision: Precision, magnitude: number): number {
  return (epsilon[precision] + 16 * epsilon.float64) * (1 + magnitude)
}

/** How large the numbers on the way through the network can get, for the bounds below. */
export interface Magnitudes {
  /** max_n Σ_p Σ_f σ′(a) a with a = ⟨|w_f|, |x_p|⟩: what a relative error of z does to the scores. */
  scores: number
  /** max_n Σ_p σ′(a) max|x_p|, over filters. */
  weightGradient: number
  /** max_n Σ_p σ″(a) a max|x_p|. */
  weightGradientBend: number
  /** max_{n,p} Σ_f σ′(a) max|w_f|. */
  inputGradient: number
  /** max_{n,p} Σ_f σ″(a) a max|w_f|. */
  inputGradientBend: number
}

export function magnitudes(
  network: NativeNetwork,
  data: PatchData,
  { surrogateSlope = 0, perturbation }: { surrogateSlope?: number; perturbation?: Float64Array } = {},
): Magnitudes {
  const { dimension, weights, activation } = network
  const filters = network.classes * network.filtersPerClass
  const largest = {
    scores: 0,
    weightGradient: 0,
    weightGradientBend: 0,
    inputGradient: 0,
    inputGradientBend: 0,
  }
  const largestWeight = Array.from({ length: filters }, (_, f) =>
    largestMagnitude(weights.subarray(f * dimension, (f + 1) * dimension)),
  )
  for (let n = 0; n < data.samples; n++) {
    const patches = gatherPatches(data, perturbedInput(data, n, perturbation))
    let scores = 0
    const own = new Float64Array(filters)
    const bend = new Float64Array(filters)
    for (let p = 0; p < data.patches; p++) {
      const patch = patches.subarray(p * dimension, (p + 1) * dimension)
      const largestInput = largestMagnitude(patch)
      let patchGradient = 0
      let patchBend = 0
      for (let f = 0; f < filters; f++) {
        let a = 0
        for (let e = 0; e < dimension; e++) a += Math.abs(weights[f * dimension + e]! * patch[e]!)
        const slope = Math.max(activationSlope(activation, a), surrogateSlope)
        const curvature = largestCurvature(activation, a)
        scores += activationSlope(activation, a) * a
        own[f]! += slope * largestInput
        bend[f]! += curvature * a * largestInput
        patchGradient += slope * largestWeight[f]!
        patchBend += curvature * a * largestWeight[f]!
      }
      largest.inputGradient = Math.max(largest.inputGradient, patchGradient)
      largest.inputGradientBend = Math.max(largest.inputGradientBend, patchBend)
    }
    largest.scores = Math.max(largest.scores, scores)
    largest.weightGradient = Math.max(largest.weightGradient, largestMagnitude(own))
    largest.weightGradientBend = Math.max(largest.weightGradientBend, largestMagnitude(bend))
  }
  return largest
}

/** max σ″ on [−a, a]; the kink of relu is no business of rounding, tests stay away from it. */
function largestCurvature({ kind, power, threshold }: NativeActivation, a: number): number {
  switch (kind) {
    case 'smoothedRelu':
      return ((power - 1) / threshold) * Math.min(a / threshold, 1) ** (power - 2)
    case 'polynomial':
      return power * (power - 1) * a ** (power - 2)
    case 'relu':
      return 0
  }
}

/** Product over d, activation, and the sums over patches and filters. */
export function scoreTolerance(precision: Precision, network: NativeNetwork, magnitude: Magnitudes): number {
  const roundings = network.dimension + activationRoundings(network.activation) + ROWS_SUMMED_IN_PRECISION
  return (roundings + 1) * epsilon[precision] * magnitude.scores + smallestNormal[precision]
}

/** Both losses move by at most twice the largest error of a score. */
export function lossTolerance(scoreError: number, loss: number): number {
  return 2 * scoreError + 32 * epsilon.float64 * (1 + Math.abs(loss))
}

/** Errors of the residual, of the slopes, and of the sum over all patches of all samples. */
export function weightGradientTolerance(
  precision: Precision,
  network: NativeNetwork,
  data: PatchData,
  magnitude: Magnitudes,
): number {
  const residualError = 2 * scoreTolerance(precision, network, magnitude)
  const roundings = data.samples * data.patches + activationRoundings(network.activation) + network.classes
  return (
    (residualError + roundings * epsilon[precision]) * magnitude.weightGradient +
    (network.dimension + 1) * epsilon[precision] * magnitude.weightGradientBend +
    smallestNormal[precision]
  )
}

/** The same with a sum over filters, and over all patches that share a position of the input. */
export function inputGradientTolerance(
  precision: Precision,
  network: NativeNetwork,
  data: PatchData,
  magnitude: Magnitudes,
): number {
  const residualError = 2 * scoreTolerance(precision, network, magnitude)
  const filters = network.classes * network.filtersPerClass
  const roundings = filters + activationRoundings(network.activation) + network.classes
  const sharing = data.layout === undefined ? 1 : data.patches
  return (
    sharing *
    ((residualError + (roundings + sharing) * epsilon[precision]) * magnitude.inputGradient +
      (network.dimension + 1) * epsilon[precision] * magnitude.inputGradientBend +
      smallestNormal[precision])
  )
}

/**
 * Perturbations and weights after several steps. Each step multiplies the error it meets by its condition
 * (curvature, and Σ |g| over ‖g‖ where a gradient is normalised) and adds a few roundings of its own; on the
 * cases of the tests all steps together stay below 2⁵ roundings, and 2⁸ leaves room for another BLAS kernel.
 */
export function iterationTolerance(precision: Precision, magnitude: number): number {
  return 2 ** 8 * epsilon[precision] * (1 + magnitude)
}

/** Central differences with step h of a loss with the given error: O(h²) from curvature, 2·error/h from rounding. */
export function differenceTolerance(h: number, scale: number, error: number): number {
  return 100 * h * h * scale + (2 * error) / h
}

export function largestMagnitude(values: ArrayLike<number>): number {
  let largest = 0
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!))
  return largest
}
