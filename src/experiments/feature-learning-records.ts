import { type Condition, createRecord, type ExperimentRecord } from '../analysis/record.js'
import { atLeast } from './conditions.js'
import { noneDiverged, overResults } from './divergence.js'
import { atEnd, type CurvePair, halfLearned, overTraining } from './feature-learning-curves.js'

/** Accuracies closer than this are not told apart. */
const MARGIN = 0.05
/** The same for the times at which features are learned, in shares of training. */
const LEAD = 0.01

const SOURCE = 'arXiv 2410.08503, experiments on real images and Lemmas 5.1 and 5.2'
const DISPUTED = `${SOURCE}; arXiv 2210.05577 finds robust features to be learned early in training`

/** What is said of one data set, real or structured. */
export function featureLearningRecords(
  name: string,
  common: { readonly experiment: string; readonly dataset?: string; readonly config: object },
  seeds: readonly number[],
  pairs: readonly CurvePair[],
): ExperimentRecord[] {
  const over = (read: (pair: CurvePair) => number) => overResults(pairs, read)
  const finished = noneDiverged(seeds.length, pairs.length)
  const record = (
    id: string,
    claim: string,
    source: string,
    conditions: readonly [Condition, ...Condition[]],
  ) =>
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
      [...conditions, ...finished],
    )
  const order = (training: keyof CurvePair) =>
    atLeast(
      over(
        ({ [training]: curve }) =>
          halfLearned(curve, ({ robust }) => robust) - halfLearned(curve, ({ nonRobust }) => nonRobust),
      ),
      LEAD,
      'share of training by which robust features are half learned later than non-robust ones',
    )
  return [
    record('standard', 'Standard training learns mostly non-robust features', SOURCE, [
      atLeast(
        over(({ standard }) => atEnd(standard, ({ nonRobust, robust }) => nonRobust - robust)),
        MARGIN,
        'accuracy on non-robust features alone less that on robust ones, after standard training',
      ),
      atLeast(
        over(({ standard }) => overTraining(standard, ({ nonRobust, robust }) => nonRobust - robust)),
        MARGIN,
        'the same, mean over training',
      ),
    ]),
    record(
      'adversarial',
      'Adversarial training suppresses non-robust features and strengthens robust ones',
      SOURCE,
      [
        atLeast(
          over(({ standard, adversarial }) => {
            const read = ({ nonRobust }: { nonRobust: number }) => nonRobust
            return atEnd(standard, read) - atEnd(adversarial, read)
          }),
          MARGIN,
          'loss of accuracy on non-robust features alone against standard training',
        ),
        atLeast(
          over(({ standard, adversarial }) => {
            const read = ({ robust }: { robust: number }) => robust
            return atEnd(adversarial, read) - atEnd(standard, read)
          }),
          MARGIN,
          'gain of accuracy on robust features alone over standard training',
        ),
      ],
    ),
    record('standard-order', 'Standard training learns non-robust features before robust ones', DISPUTED, [
      order('standard'),
    ]),
    record(
      'adversarial-order',
      'Adversarial training learns non-robust features before robust ones',
      DISPUTED,
      [order('adversarial')],
    ),
  ]
}
