import { type Condition, createRecord, type ExperimentRecord } from '../../analysis/record.js'
import { atLeast, atMost } from '../conditions.js'
import { everySeed, noneDiverged, overResults } from '../divergence.js'
import type { ImageTraining } from '../image-task.js'
import type { StagedTask, StageSubject } from './image-stages.js'
import type { StageAccuracy } from './stage-probes.js'

/** What the networks and images of one seed gave. */
export interface StageSeed {
  /** Of each network, in the order of the stages. */
  readonly accuracies: Readonly<Record<ImageTraining, readonly StageAccuracy[]>>
  readonly extent: StageSubject['extent']
}

const SOURCE = {
  stages: 'arXiv 2410.08503, open question on deeper networks',
  extent: 'arXiv 2410.08503, open question on the features of real data',
} as const

/** Least difference of accuracies that counts: networks that are alike have none. */
const DIFFERENCE = 0.05
/** Least ratio of what is measured of the two kinds of features. */
const RATIO = 1.1

/** Three records for each stage, and two on the features of the data set. */
export function stageRecords(
  task: StagedTask,
  seeds: readonly number[],
  measured: readonly StageSeed[],
): ExperimentRecord[] {
  const { dataset } = task
  const finished = noneDiverged(seeds.length, measured.length)
  const common = { experiment: 'depth', dataset, reported: null, config: { ...task }, seeds }
  const extents = measured.flatMap(({ extent: { robust, nonRobust } }) =>
    robust === undefined || nonRobust === undefined ? [] : [{ robust, nonRobust }],
  )
  const estimated = everySeed(seeds.length, extents.length, 'share of seeds with an estimate')
  return [
    ...task.stages.flatMap(({ name }, stage) => {
      const on = (kind: keyof StageAccuracy, training: ImageTraining) => (seed: StageSeed) =>
        seed.accuracies[training][stage]?.[kind] ?? 0
      const gain = (kind: keyof StageAccuracy) => (seed: StageSeed) =>
        on(kind, 'adversarial')(seed) - on(kind, 'standard')(seed)
      const record = (part: string, claim: string, condition: Condition) =>
        createRecord(
          {
            ...common,
            id: `depth/${dataset}/stage-${stage + 1}/${part}`,
            claim: `After ${name}, ${claim}`,
            source: SOURCE.stages,
          },
          [condition, ...finished],
        )
      return [
        record(
          'robust-features',
          'a linear probe sees more of the robust features in an adversarially trained network than in a standard one',
          atLeast(
            overResults(measured, gain('robust')),
            DIFFERENCE,
            'accuracy on x_R, adversarial less standard training',
          ),
        ),
        record(
          'non-robust-features',
          'a linear probe sees less of the non-robust features in an adversarially trained network than in a standard one',
          atMost(
            overResults(measured, gain('nonRobust')),
            -DIFFERENCE,
            'accuracy on x_NR, adversarial less standard training',
          ),
        ),
        record(
          'balance',
          'adversarial training moves what a linear probe sees from non-robust to robust features',
          atLeast(
            overResults(measured, (seed) => gain('robust')(seed) - gain('nonRobust')(seed)),
            DIFFERENCE,
            'accuracy on x_R less that on x_NR, adversarial less standard training',
          ),
        ),
      ]
    }),
    createRecord(
      {
        ...common,
        id: `depth/${dataset}/feature-strength`,
        claim: 'Robust features are stronger than non-robust ones',
        source: SOURCE.extent,
      },
      [
        atLeast(
          overResults(extents, ({ robust, nonRobust }) => robust.strength / nonRobust.strength),
          RATIO,
          'strength of robust over that of non-robust features',
        ),
        estimated,
      ],
    ),
    createRecord(
      {
        ...common,
        id: `depth/${dataset}/feature-density`,
        claim: 'Robust features are sparser than non-robust ones',
        source: SOURCE.extent,
      },
      [
        atLeast(
          overResults(extents, ({ robust, nonRobust }) => nonRobust.numbers / robust.numbers),
          RATIO,
          'numbers that carry non-robust over those that carry robust features',
        ),
        estimated,
      ],
    ),
  ]
}
