import type {
  FloatArray,
  NativeAttack,
  NativeAttackOptions,
  NativeAttackResult,
  NativeNetwork,
} from '../native/contract.js'
import { alignedAttack } from './aligned-attack.js'
import { gradientAttack, type SampleAttackResult } from './gradient-attack.js'
import { crossEntropy, margin } from './loss.js'
import { sampleScores } from './network.js'
import { type PatchData, type PatchShape, perturbedInput } from './patches.js'
import { ballLength, largestBallNorm } from './perturbation.js'
import type { AttackKey } from './random-start.js'
import { plus, worst } from './vectors.js'

/** One attack on one sample; the feature-aligned attack meets no gradients. */
export function sampleAttack(
  network: NativeNetwork,
  shape: PatchShape,
  input: Float64Array,
  label: number,
  attack: NativeAttack,
  key: AttackKey,
  keepBest: boolean,
): SampleAttackResult {
  switch (attack.kind) {
    case 'gradientAscent':
      return gradientAttack(network, shape, input, label, attack, key, keepBest)
    case 'featureAligned':
      return { perturbation: alignedAttack(network, shape, input, label, attack), vanishedGradient: false }
  }
}

/** The perturbation of the largest cross-entropy over the attacks, for training; the first wins ties. */
export function worstPerturbation(
  network: NativeNetwork,
  shape: PatchShape,
  input: Float64Array,
  label: number,
  attacks: readonly NativeAttack[],
  key: Omit<AttackKey, 'attackIndex'>,
): Float64Array {
  const perturbations = attacks.map((attack, attackIndex) => {
    return sampleAttack(network, shape, input, label, attack, { ...key, attackIndex }, false).perturbation
  })
  return worst(perturbations, (perturbation) => {
    return crossEntropy(sampleScores(network, shape, plus(input, perturbation)), label)
  })
}

export type AttackOptions = Pick<NativeAttackOptions, 'seed' | 'round' | 'keepPerturbations'>

/** Every attack on every sample, for evaluation; twin of `NativeAddon.attack`. */
export function attack(
  network: NativeNetwork,
  data: PatchData,
  attacks: readonly NativeAttack[],
  options: AttackOptions,
): NativeAttackResult {
  const { seed, round, keepPerturbations } = options
  const rows = attacks.length * data.samples
  const margins = new Float64Array(rows)
  const loss = new Float64Array(rows)
  const norms = new Float64Array(rows)
  const vanishedGradient = new Uint8Array(rows)
  const perturbations: FloatArray[] = []
  for (const [a, one] of attacks.entries()) {
    const kept = new Float64Array(data.samples * data.inputSize)
    perturbations.push(kept)
    for (let n = 0; n < data.samples; n++) {
      const input = perturbedInput(data, n)
      const label = data.labels[n]!
      const key = { seed, round, item: n, attackIndex: a }
      const result = sampleAttack(network, data, input, label, one, key, true)
      const scores = sampleScores(network, data, plus(input, result.perturbation))
      const at = a * data.samples + n
      margins[at] = margin(scores, label)
      loss[at] = crossEntropy(scores, label)
      norms[at] = largestBallNorm(one.norm, ballLength(one.budget, data), result.perturbation)
      vanishedGradient[at] = result.vanishedGradient ? 1 : 0
      kept.set(result.perturbation, n * data.inputSize)
    }
  }
  return {
    margin: margins,
    loss,
    norm: norms,
    vanishedGradient,
    ...(keepPerturbations ? { perturbations } : {}),
  }
}
