import type { Robustness } from '../analysis/evaluate-robustness.js'
import type { Objective } from '../training/objective.js'
import type { RunFlag, TrainingFlagName } from './experiment.js'

/** Below these an accuracy is low, unless the experiment expects less. */
const EXPECTED: ExpectedAccuracy = { clean: 0.9, robust: 0.5 }

export interface ExpectedAccuracy {
  readonly clean: number
  /** After adversarial training. */
  readonly robust: number
}

/** A trained network and what was measured of it. */
export interface TrainingEvidence {
  /** Which training, such as `seed-1/standard`. */
  readonly where: string
  readonly objective: Objective['kind']
  /** Filters that take no part, of `silentFilters`; default 0. */
  readonly silentFilters?: number
  readonly robustness: Pick<Robustness, 'cleanAccuracy' | 'robustAccuracy'>
  /** v/u after standard, u/v after adversarial training; absent where the features are unknown. */
  readonly dominance?: number
  /** Default 0.9 clean and 0.5 robust. */
  readonly expected?: ExpectedAccuracy
}

/** Signatures of a training that did not do what the theory says, each with its likely cause and what to change. */
export function trainingFlags(evidence: TrainingEvidence): RunFlag[] {
  const { where, objective, silentFilters = 0, robustness, dominance, expected = EXPECTED } = evidence
  const { cleanAccuracy, robustAccuracy } = robustness
  const adversarial = objective === 'adversarial'
  const raised: [boolean, TrainingFlagName, string][] = [
    [
      cleanAccuracy < expected.clean,
      'clean-accuracy-low',
      `Clean test accuracy is only ${shown(cleanAccuracy)}: raise iterations, learningRate or initialScale.`,
    ],
    [
      adversarial && robustAccuracy < expected.robust,
      'robust-accuracy-low',
      `Robust accuracy is only ${shown(robustAccuracy)} after adversarial training: train on stronger attacks, ` +
        'featureAligned among them where the features are known, or on a smaller radius.',
    ],
    [
      dominance !== undefined && dominance < 1,
      'wrong-features-dominate',
      adversarial
        ? 'Non-robust features are stronger than robust ones after adversarial training: raise radius or iterations.'
        : 'Robust features are stronger than non-robust ones after standard training: raise nonRobustPatches.',
    ],
    [
      silentFilters > 0,
      'dead-filters',
      `${silentFilters} ${silentFilters === 1 ? 'filter takes' : 'filters take'} no part in any score: lower learningRate or radius.`,
    ],
  ]
  return raised.filter(([holds]) => holds).map(([, name, message]) => ({ where, name, message }))
}

function shown(accuracy: number): string {
  return accuracy.toFixed(3)
}
