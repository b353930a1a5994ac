import { type Attack, isEngineAttack } from '../attacks/attack.js'
import type { AttackOutcome } from './attack-outcome.js'

/** A reason to distrust a figure, with its likely cause and what to change. */
export interface RobustnessFlag {
  readonly name: 'attacks-disagree' | 'vanishing-gradients' | 'loss-not-rising'
  /** The measured number that raised it, between 0 and 1. */
  readonly share: number
  readonly message: string
}

/** Disagreement or blindness above these shares of samples is worth a word. */
const DISAGREEMENT = 0.05
const VANISHED = 0.05
const NOT_RISING = 0.25

interface Evidence {
  readonly attacks: readonly Attack[]
  readonly outcomes: readonly AttackOutcome[]
  readonly cleanLoss: Float64Array
  readonly robustAccuracy: number
  readonly radius: number
}

export function robustnessFlags(evidence: Evidence): RobustnessFlag[] {
  if (evidence.radius === 0 || evidence.cleanLoss.length === 0) return []
  return [disagreement(evidence), vanishing(evidence), notRising(evidence)].filter(
    (flag) => flag !== undefined,
  )
}

/** Plain PGD against the worst case of all: the gap a report of PGD alone would have hidden. */
function disagreement({ attacks, outcomes, robustAccuracy }: Evidence): RobustnessFlag | undefined {
  const plain = outcomes.filter((_, position) => isPlainAscent(attacks[position]))
  if (plain.length === 0) return undefined
  // Their worst case per sample, so that only what they all miss counts.
  const samples = plain[0]?.margin ?? new Float64Array()
  const withstood = samples.filter((_, n) => plain.every(({ margin }) => (margin[n] ?? Number.NaN) > 0))
  const gap = withstood.length / samples.length - robustAccuracy
  if (gap <= DISAGREEMENT) return undefined
  return {
    name: 'attacks-disagree',
    share: gap,
    message:
      `Gradient attacks with the true derivative overstate robust accuracy by ${percent(gap)}: the activation's flat ` +
      'region hides gradients. Trust the worst case, and train on a list of attacks that has featureAligned in it.',
  }
}

function vanishing({ attacks, outcomes }: Evidence): RobustnessFlag | undefined {
  const shares = outcomes
    .filter((_, position) => isPlainAscent(attacks[position]))
    .map(
      ({ vanishedGradient }) =>
        vanishedGradient.reduce((sum, flag) => sum + flag, 0) / vanishedGradient.length,
    )
  const share = Math.max(0, ...shares)
  if (share <= VANISHED) return undefined
  return {
    name: 'vanishing-gradients',
    share,
    message:
      `Every gradient was exactly zero on ${percent(share)} of the samples, so a gradient attack says nothing there. ` +
      'Add attacks with a surrogateSlope or featureAligned.',
  }
}

function notRising({ attacks, outcomes, cleanLoss }: Evidence): RobustnessFlag | undefined {
  const shares = outcomes
    .filter((_, position) => isPlainAscent(attacks[position]))
    .map(
      ({ loss }) =>
        loss.reduce((sum, value, n) => sum + (value > (cleanLoss[n] ?? 0) ? 0 : 1), 0) / loss.length,
    )
  const share = Math.max(0, ...shares)
  if (share <= NOT_RISING) return undefined
  return {
    name: 'loss-not-rising',
    share,
    message:
      `The ascent did not raise the loss on ${percent(share)} of the samples. ` +
      'Use more steps or restarts, a smaller step, or a surrogateSlope.',
  }
}

function isPlainAscent(attack: Attack | undefined): boolean {
  if (attack === undefined || !isEngineAttack(attack)) return false
  return attack.native.kind === 'gradientAscent' && attack.native.surrogateSlope === 0
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
