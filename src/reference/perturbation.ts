import type { Budget, FloatArray, Norm, Rule } from '../native/contract.js'
import type { PatchShape } from './patches.js'

/** Numbers in one ball: d for a ball per patch, `inputSize` for one ball per sample. */
export function ballLength(budget: Budget, shape: PatchShape): number {
  return budget === 'patch' ? shape.dimension : shape.inputSize
}

/** ‖x‖₂ or max_i |x_i|; 0 for no numbers. Neither overflows nor underflows on the way. */
export function norm(kind: Norm, values: FloatArray): number {
  let largest = 0
  for (const value of values) largest = Math.max(largest, Math.abs(value))
  if (kind === 'linf' || largest === 0) return largest

  let sum = 0
  for (const value of values) sum += (value / largest) ** 2
  return largest * Math.sqrt(sum)
}

/** The largest norm over the balls of `length` numbers. */
export function largestBallNorm(kind: Norm, length: number, values: FloatArray): number {
  let largest = 0
  for (let first = 0; first < values.length; first += length) {
    largest = Math.max(largest, norm(kind, values.subarray(first, first + length)))
  }
  return largest
}

/**
 * Projects every ball of `length` numbers, in place: ℓ2: δ ← δ · min(1, ε/‖δ‖); ℓ∞: every number is clipped
 * to [−ε, ε].
 */
export function project(kind: Norm, radius: number, length: number, perturbation: FloatArray): void {
  for (let first = 0; first < perturbation.length; first += length) {
    const ball = perturbation.subarray(first, first + length)
    const size = norm('l2', ball)
    for (let i = 0; i < ball.length; i++) {
      if (kind === 'linf') ball[i] = Math.min(Math.max(ball[i]!, -radius), radius)
      else if (size > radius) ball[i] = (ball[i]! / size) * radius
    }
  }
}

/**
 * One ascent step and projection on every ball, in place: δ ← Π(δ + step), where step is
 *
 * - `gradient`: stepSize · g
 * - `normalized`, ℓ2: stepSize · g/‖g‖, however small g is; nothing when g = 0
 * - `normalized`, ℓ∞: stepSize · sign(g)
 */
export function ascend(
  rule: Rule,
  kind: Norm,
  radius: number,
  stepSize: number,
  length: number,
  gradient: FloatArray,
  perturbation: FloatArray,
): void {
  for (let first = 0; first < perturbation.length; first += length) {
    const ball = perturbation.subarray(first, first + length)
    const direction = Float64Array.from(gradient.subarray(first, first + length))
    if (rule === 'normalized') normalize(kind, direction)
    for (let i = 0; i < ball.length; i++) ball[i]! += stepSize * direction[i]!
  }
  project(kind, radius, length, perturbation)
}

/** g/‖g‖₂ or sign(g), in place; 0 stays 0. */
function normalize(kind: Norm, gradient: Float64Array): void {
  if (kind === 'linf') {
    for (let i = 0; i < gradient.length; i++) gradient[i] = Math.sign(gradient[i]!)
    return
  }
  const largest = norm('linf', gradient)
  if (largest === 0) return
  // The norm of a subnormal gradient has few digits; the scaled one has all of them.
  for (let i = 0; i < gradient.length; i++) gradient[i]! /= largest
  const size = norm('l2', gradient)
  for (let i = 0; i < gradient.length; i++) gradient[i]! /= size
}
