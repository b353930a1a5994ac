import type { Robustness } from '../analysis/evaluate-robustness.js'
import type { Objective } from '../training/objective.js'
import type { RunFlag, TrainingFlagName } from './experiment.js'

const LOW_CLEAN_ACCURACY = 0.9
const LOW_ROBUST_ACCURACY = 0.5

/** A trained network and what was measured of it. */
export interface TrainingEvidence {
  /** Which training, such as `seed-1/standard`. */
  readonly where: string
  readonly objective: Objective['kind']
  /** Filters that take no part, of `silentFilters`. */
  readonly silentFilters: number
  readonly robustness: Robustness
  /** v/u after standard, u/v after adversarial training; absent where the features are unknown. */
  readonly dominance?: number
}

/** Signatures of a training that did not do what the theory says, each with its likely cause and what to change. */
export function trainingFlags(evidence: TrainingEvidence): RunFlag[] {
  const { where, objective, silentFilters, robustness, dominance } = evidence
  const { cleanAccuracy, robustAccuracy } = robustness
  const adversarial = objective === 'adversarial'
  const raised: [boolean, TrainingFlagName, string][] = [
    [
      cleanAccuracy < LOW_CLEAN_ACCURACY,
      'clean-accuracy-low',
      `Clean test accuracy is only ${shown(cleanAccuracy)}: raise iterations, learningRate or initialScale.`,
    ],
    [
      adversarial && robustAccuracy < LOW_ROBUST_ACCURACY,
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
