import type { EngineAttack } from '../attacks/attack.js'
import type { AttackOutcome } from './attack-outcome.js'
import { shareOf } from './attack-run.js'
import type { RobustnessFlagName } from './flag-names.js'

/** A reason to distrust a figure, with its likely cause and what to change. */
export interface RobustnessFlag {
  /** That of its page in docs/flags. */
  readonly name: RobustnessFlagName
  /** The measured number that raised it, between 0 and 1. */
  readonly share: number
  /** The likely cause and what to change. */
  readonly message: string
}

/** Disagreement or blindness above these shares of samples is worth a word. */
const DISAGREEMENT = 0.05
const VANISHED = 0.05
const NOT_RISING = 0.25
const PRECISION = 0.01

interface Evidence {
  readonly attacks: readonly { readonly name: string }[]
  readonly outcomes: readonly AttackOutcome[]
  readonly cleanLoss: Float64Array
  readonly robustAccuracy: number
  readonly radius: number
  /** Of `radiusWarning`. */
  readonly radiusWarning: string | undefined
  /** Samples ended at their first wrong classification, so that only what stands says something about the ascent. */
  readonly stopWhenFooled: boolean
  /** Of `gradientsTooSmall` and `decidedDifferently`. */
  readonly tooSmall: Uint8Array
  readonly decidedDifferently: Uint8Array
}

export function robustnessFlags(evidence: Evidence): RobustnessFlag[] {
  if (evidence.radius === 0 || evidence.cleanLoss.length === 0) return []
  return [
    radiusFlag(evidence.radiusWarning),
    disagreement(evidence),
    vanishing(evidence),
    notRising(evidence),
    precision(evidence),
  ].filter((flag) => flag !== undefined)
}

/** The flag for what `radiusWarning` says, where it says something. */
export function radiusFlag(radiusWarning: string | undefined): RobustnessFlag | undefined {
  return radiusWarning === undefined
    ? undefined
    : { name: 'radius-too-large', share: 1, message: radiusWarning }
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
      'region hides gradients. Trust the worst case; where the network is to be trained for robustness, have ' +
      'featureAligned in the list of attacks it trains on.',
  }
}

function vanishing(evidence: Evidence): RobustnessFlag | undefined {
  const { attacks, outcomes, tooSmall } = evidence
  const blind = outcomes
    .filter((_, position) => isPlainAscent(attacks[position]))
    .map((outcome) =>
      shareOf(
        outcome.vanishedGradient.map((zero, n) =>
          isTelling(evidence, outcome, n) ? zero | (tooSmall[n] ?? 0) : 0,
        ),
      ),
    )
  const share = Math.max(0, ...blind)
  if (share <= VANISHED) return undefined
  return {
    name: 'vanishing-gradients',
    share,
    message:
      `Gradients were zero, or too small to show in the scores, on ${percent(share)} of the samples, so a gradient ` +
      'attack says nothing there. Add attacks with a surrogateSlope or featureAligned; for a layered network, transfer.',
  }
}

function notRising(evidence: Evidence): RobustnessFlag | undefined {
  const { attacks, outcomes, cleanLoss } = evidence
  const shares = outcomes
    .filter((_, position) => isPlainAscent(attacks[position]))
    .map((outcome) =>
      shareOf(
        Uint8Array.from(outcome.loss, (value, n) =>
          value > (cleanLoss[n] ?? 0) || !isTelling(evidence, outcome, n) ? 0 : 1,
        ),
      ),
    )
  const share = Math.max(0, ...shares)
  if (share <= NOT_RISING) return undefined
  return {
    name: 'loss-not-rising',
    share,
    message:
      `The ascent did not raise the loss on ${percent(share)} of the samples. ` +
      'Use more steps or restarts, a smaller step, or for a patch network a surrogateSlope.',
  }
}

function precision({ decidedDifferently }: Evidence): RobustnessFlag | undefined {
  const share = shareOf(decidedDifferently)
  if (share <= PRECISION) return undefined
  return {
    name: 'precision-disagrees',
    share,
    message:
      `float32 and float64 decide ${percent(share)} of the samples differently, on the clean input or under the worst ` +
      'attack: margins there are rounding. Evaluate in float64.',
  }
}

function isTelling({ stopWhenFooled }: Evidence, { margin }: AttackOutcome, n: number): boolean {
  return !stopWhenFooled || (margin[n] ?? Number.NaN) > 0
}

/** Whether an attack climbs the true gradient, which may be hidden from it. */
export function isPlainAscent(attack: object | undefined): boolean {
  const { native } = Object(attack) as Partial<EngineAttack>
  return native?.kind === 'gradientAscent' && native.surrogateSlope === 0
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}
