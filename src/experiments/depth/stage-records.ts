import { type Condition, createRecord, type ExperimentRecord } from '../../analysis/record.js'
import { atLeast, atMost } from '../conditions.js'
import { noneDiverged, overResults } from '../divergence.js'
import type { ImageTraining } from '../image-task.js'
import type { StageResult, StageSubject, StageTask } from './image-stages.js'
import type { StageAccuracy } from './stage-probes.js'

/** What the networks and images of one seed gave. */
export interface StageSeed {
  readonly results: Readonly<Record<ImageTraining, StageResult>>
  readonly extent: StageSubject['extent']
}

const SOURCE = {
  stages: 'arXiv 2410.08503, open question on deeper networks',
  extent: 'arXiv 2410.08503, open question on the features of real data',
} as const

/** Three records for each stage, and two on the features of the data set. */
export function stageRecords(
  task: StageTask,
  seeds: readonly number[],
  measured: readonly StageSeed[],
): ExperimentRecord[] {
  const { dataset } = task
  const finished = noneDiverged(seeds.length, measured.length)
  const common = { experiment: 'depth', dataset, reported: null, config: { ...task }, seeds }
  const extent = (read: (extent: StageSeed['extent']) => number) =>
    overResults(measured, (seed) => read(seed.extent))
  return [
    ...task.stages.flatMap(({ name }, stage) => {
      const on = (kind: keyof StageAccuracy, training: ImageTraining) => (seed: StageSeed) =>
        seed.results[training].stages[stage]?.[kind] ?? 0
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
            0,
            'accuracy on x_R, adversarial less standard training',
          ),
        ),
        record(
          'non-robust-features',
          'a linear probe sees less of the non-robust features in an adversarially trained network than in a standard one',
          atMost(
            overResults(measured, gain('nonRobust')),
            0,
            'accuracy on x_NR, adversarial less standard training',
          ),
        ),
        record(
          'balance',
          'adversarial training moves what a linear probe sees from non-robust to robust features',
          atLeast(
            overResults(measured, (seed) => gain('robust')(seed) - gain('nonRobust')(seed)),
            0,
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
          extent(({ robust, nonRobust }) => robust.strength - nonRobust.strength),
          0,
          'strength of robust less that of non-robust features',
        ),
        ...finished,
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
        atMost(
          extent(({ robust, nonRobust }) => robust.numbers - nonRobust.numbers),
          0,
          'numbers that carry robust less those that carry non-robust features',
        ),
        ...finished,
      ],
    ),
  ]
}
