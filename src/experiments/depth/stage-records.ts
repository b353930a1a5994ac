import { createRecord, type ExperimentRecord } from '../../analysis/record.js'
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

/** A record for each stage, and two on the features of the data set. */
export function stageRecords(
  task: StageTask,
  seeds: readonly number[],
  measured: readonly StageSeed[],
): ExperimentRecord[] {
  const { dataset } = task
  const finished = noneDiverged(seeds.length, measured.length)
  const common = { experiment: 'depth', dataset, reported: null, config: { ...task }, seeds }
  const at = (seed: StageSeed, training: ImageTraining, stage: number, kind: keyof StageAccuracy) =>
    seed.results[training].stages[stage]?.[kind] ?? 0
  const extent = (read: (extent: StageSeed['extent']) => number) =>
    overResults(measured, (seed) => read(seed.extent))
  return [
    ...task.stages.map(({ name }, stage) =>
      createRecord(
        {
          ...common,
          id: `depth/${dataset}/stage-${stage + 1}`,
          claim: `After ${name}, adversarial training leaves more of the robust features to a linear probe than standard training does, and less of the non-robust ones`,
          source: SOURCE.stages,
        },
        [
          atLeast(
            overResults(
              measured,
              (seed) => at(seed, 'adversarial', stage, 'robust') - at(seed, 'standard', stage, 'robust'),
            ),
            0,
            'accuracy on x_R, adversarial less standard training',
          ),
          atMost(
            overResults(
              measured,
              (seed) =>
                at(seed, 'adversarial', stage, 'nonRobust') - at(seed, 'standard', stage, 'nonRobust'),
            ),
            0,
            'accuracy on x_NR, adversarial less standard training',
          ),
          ...finished,
        ],
      ),
    ),
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
