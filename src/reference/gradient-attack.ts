import type { NativeGradientAttack, NativeNetwork } from '../native/contract.js'
import { crossEntropy, margin } from './loss.js'
import { sampleInputGradient, sampleScores } from './network.js'
import type { PatchShape } from './patches.js'
import { ascend, ballLength } from './perturbation.js'
import { type AttackKey, randomStart } from './random-start.js'
import { plus, worst } from './vectors.js'

export interface SampleAttackResult {
  /** `inputSize` numbers. */
  perturbation: Float64Array
  /** Whether the attack met gradients and every one was exactly zero. */
  vanishedGradient: boolean
}

/**
 * Gradient ascent on one sample: `steps` steps of `ascend`, each followed by the clip to the box, from 0 or a
 * random start, `restarts` times. The gradient is that of `loss`; for the rule `normalized` its scale is left
 * out, for it changes nothing and may underflow.
 *
 * With `keepBest` the result is the perturbation of the smallest margin among the starts and all iterates of
 * all restarts; without, the last iterate of the restart with the largest cross-entropy. The first wins ties.
 */
export function gradientAttack(
  network: NativeNetwork,
  shape: PatchShape,
  input: Float64Array,
  label: number,
  attack: NativeGradientAttack,
  key: AttackKey,
  keepBest: boolean,
): SampleAttackResult {
  const candidates: Float64Array[] = []
  let gradientsMet = 0
  let gradientsZero = 0
  for (let restart = 0; restart < attack.restarts; restart++) {
    const perturbation = startOf(shape, input, attack, restart, key)
    if (keepBest) candidates.push(perturbation.slice())
    for (let step = 0; step < attack.steps; step++) {
      const gradient = ascentGradient(network, shape, plus(input, perturbation), label, attack)
      gradientsMet++
      if (gradient.every((value) => value === 0)) gradientsZero++
      const { rule, norm, radius, stepSize } = attack
      ascend(rule, norm, radius, stepSize, ballLength(attack.budget, shape), gradient, perturbation)
      clipToBox(attack, input, perturbation)
      if (keepBest) candidates.push(perturbation.slice())
    }
    if (!keepBest) candidates.push(perturbation)
  }

  const scoresUnder = (perturbation: Float64Array) => sampleScores(network, shape, plus(input, perturbation))
  const badness = (perturbation: Float64Array) =>
    keepBest ? -margin(scoresUnder(perturbation), label) : crossEntropy(scoresUnder(perturbation), label)
  return {
    perturbation: worst(candidates, badness),
    vanishedGradient: gradientsMet > 0 && gradientsZero === gradientsMet,
  }
}

/** Restart 0 starts at 0 unless `randomStart`; the others start at random, clipped to the box. */
function startOf(
  shape: PatchShape,
  input: Float64Array,
  attack: NativeGradientAttack,
  restart: number,
  key: AttackKey,
): Float64Array {
  if (restart === 0 && !attack.randomStart) return new Float64Array(shape.inputSize)
  const start = randomStart(attack, shape, restart, key)
  clipToBox(attack, input, start)
  return start
}

function ascentGradient(
  network: NativeNetwork,
  shape: PatchShape,
  input: Float64Array,
  label: number,
  attack: NativeGradientAttack,
): Float64Array {
  const { loss, surrogateSlope, rule } = attack
  const { scale, gradient } = sampleInputGradient(network, shape, input, label, loss, surrogateSlope)
  return rule === 'normalized' ? gradient : gradient.map((value) => scale * value)
}

/** δ ← min(max(δ, lower − x), upper − x), so that x + δ lies in the box. */
function clipToBox(attack: NativeGradientAttack, input: Float64Array, perturbation: Float64Array): void {
  for (let i = 0; i < perturbation.length; i++) {
    perturbation[i] = Math.min(Math.max(perturbation[i]!, attack.lower - input[i]!), attack.upper - input[i]!)
  }
}
