import { type Condition, createRecord, type ExperimentRecord } from '../analysis/record.js'
import { atLeast, atMost } from './conditions.js'
import { noneDiverged, overResults } from './divergence.js'
import {
  atEnd,
  type CurvePair,
  type FeatureLearningPoint,
  halfLearned,
  overTraining,
  peak,
} from './feature-learning-curves.js'

/** Accuracies closer than this are not told apart. */
const MARGIN = 0.05
/** The same for when features are learned, in measurements: what lies between two of them is not known. */
const LEAD = 1
/** One half; of what classifies more inputs it can be said that it decides. */
const MAJORITY = 0.5
/** What is no chance: the largest of many measurements lies above the last one anyway. */
const FALL = 0.25

const SOURCE = 'arXiv 2410.08503, experiments on real images and Lemmas 5.1 and 5.2'
const DISPUTED = `${SOURCE}; arXiv 2210.05577 finds robust features to be learned early in training`
const CONFLICTING = 'share of conflicting inputs classified by their non-robust features'

const robust = (point: FeatureLearningPoint) => point.robust
const nonRobust = (point: FeatureLearningPoint) => point.nonRobust
const conflicting = (point: FeatureLearningPoint) => point.conflicting
const byRobust = (point: FeatureLearningPoint) => point.byRobust

interface CommonFields {
  readonly experiment: string
  readonly dataset?: string
  readonly config: object
  /** k; chance is 1/k. */
  readonly classes: number
}

/** What is said of one data set, real or structured. */
export function featureLearningRecords(
  name: string,
  { classes, ...common }: CommonFields,
  seeds: readonly number[],
  pairs: readonly CurvePair[],
): ExperimentRecord[] {
  const over = (read: (pair: CurvePair) => number) => overResults(pairs, read)
  const record = (id: string, claim: string, source: string, ...conditions: [Condition, ...Condition[]]) =>
    createRecord(
      {
        ...common,
        config: { ...common.config },
        id: `${common.experiment}/${name}/${id}`,
        claim,
        source,
        reported: null,
        seeds,
      },
      [...conditions, ...noneDiverged(seeds.length, pairs.length)],
    )
  const order = (training: keyof CurvePair) =>
    atLeast(
      over(
        ({ [training]: curve }) =>
          halfLearned(curve, robust, 1 / classes) - halfLearned(curve, nonRobust, 1 / classes),
      ),
      LEAD,
      'measurements by which robust features are half learned later than non-robust ones',
    )
  return [
    record(
      'standard',
      'Standard training learns mostly non-robust features',
      SOURCE,
      atLeast(
        over(({ standard }) => atEnd(standard, nonRobust) - atEnd(standard, robust)),
        MARGIN,
        'accuracy on non-robust features alone less that on robust ones, after standard training',
      ),
      atLeast(
        over(({ standard }) => overTraining(standard, nonRobust) - overTraining(standard, robust)),
        MARGIN,
        'the same, mean over training',
      ),
    ),
    record(
      'adversarial',
      'Adversarial training suppresses non-robust features and strengthens robust ones',
      SOURCE,
      atLeast(
        over(({ standard, adversarial }) => atEnd(standard, nonRobust) - atEnd(adversarial, nonRobust)),
        MARGIN,
        'loss of accuracy on non-robust features alone against standard training',
      ),
      atLeast(
        over(({ standard, adversarial }) => atEnd(adversarial, robust) - atEnd(standard, robust)),
        MARGIN,
        'gain of accuracy on robust features alone over standard training',
      ),
    ),
    record(
      'standard-conflict',
      'After standard training non-robust features decide where robust ones contradict them',
      SOURCE,
      atLeast(
        over(({ standard }) => atEnd(standard, conflicting)),
        MAJORITY,
        CONFLICTING,
      ),
    ),
    record(
      'adversarial-conflict',
      'After adversarial training they decide less than after standard training, and seldom',
      SOURCE,
      atMost(
        over(({ adversarial }) => atEnd(adversarial, conflicting)),
        0.1,
        CONFLICTING,
      ),
      atLeast(
        over(({ standard, adversarial }) => atEnd(standard, conflicting) - atEnd(adversarial, conflicting)),
        MARGIN,
        'loss of it against standard training',
      ),
    ),
    record(
      'adversarial-phases',
      'In adversarial training non-robust features decide first, then robust ones overtake',
      SOURCE,
      atLeast(
        over(({ adversarial }) => peak(adversarial, conflicting)),
        MAJORITY + MARGIN,
        'largest share of conflicting inputs classified by their non-robust features on the way',
      ),
      atLeast(
        over(({ adversarial }) => peak(adversarial, conflicting) - atEnd(adversarial, conflicting)),
        FALL,
        'the same less that at the end',
      ),
      atLeast(
        over(({ adversarial }) => atEnd(adversarial, byRobust)),
        MAJORITY,
        'share of them classified by their robust features at the end',
      ),
    ),
    record(
      'standard-order',
      'Standard training learns non-robust features before robust ones',
      DISPUTED,
      order('standard'),
    ),
    record(
      'adversarial-order',
      'Adversarial training learns non-robust features before robust ones',
      DISPUTED,
      order('adversarial'),
    ),
  ]
}
