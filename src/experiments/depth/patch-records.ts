import { createRecord, type ExperimentRecord } from '../../analysis/record.js'
import { atLeast, atMost } from '../conditions.js'
import { noneDiverged, overResults } from '../divergence.js'
import type { ExperimentContext } from '../experiment.js'
import { TRAININGS, type Training } from '../structured-data-sweep.js'
import type { PatchDepthPreset, PatchDepthResult } from './patch-depth.js'
import { PATCH_DEPTHS, type PatchDepth } from './patch-stack.js'

/** Results by depth and training, one for each seed that did not diverge. */
export type PatchDepthResults = Readonly<
  Record<PatchDepth, Readonly<Record<Training, readonly PatchDepthResult[]>>>
>

const LAYERS = { 'one-layer': 'one layer', 'two-layers': 'two layers' } as const

/** Two records for each network: of its first layer, and of what all its layers make of the features. */
export function patchRecords(
  { preset, seeds }: Pick<ExperimentContext<PatchDepthPreset>, 'preset' | 'seeds'>,
  results: PatchDepthResults,
): ExperimentRecord[] {
  return PATCH_DEPTHS.flatMap((depth) =>
    TRAININGS.flatMap((training) => {
      const over = (read: (result: PatchDepthResult) => number) => overResults(results[depth][training], read)
      const finished = noneDiverged(seeds.length, results[depth][training].length)
      const clean = over(({ robustness }) => robustness.cleanAccuracy)
      const robust = over(({ robustness }) => robustness.robustAccuracy)
      const share = over(({ robustShare }) => robustShare)
      const standard = training === 'standard'
      const network = `A network of ${LAYERS[depth]} on patches`
      const common = { experiment: 'depth', reported: null, config: { ...preset, depth }, seeds }
      return [
        createRecord(
          {
            ...common,
            id: `depth/patches/${depth}/${training}`,
            claim: standard
              ? `${network} learns the non-robust features in standard training, and breaks`
              : `${network} learns the robust features in adversarial training, and holds`,
            source: SOURCE[depth][training],
          },
          [
            standard
              ? atLeast(
                  over((r) => r.nonRobustDominance),
                  2,
                  'v/u in the first layer (u at least σ_0)',
                )
              : atLeast(
                  over((r) => r.robustDominance),
                  2,
                  'u/v in the first layer (v at least σ_0)',
                ),
            atLeast(clean, 0.99, 'clean accuracy'),
            standard ? atMost(robust, 0.05, 'robust accuracy') : atLeast(robust, 0.95, 'robust accuracy'),
            ...finished,
          ],
        ),
        createRecord(
          {
            ...common,
            id: `depth/patches/${depth}/${training}/all-layers`,
            claim: `${network} gets its margin from ${standard ? 'non-robust' : 'robust'} features after ${training} training`,
            source: SOURCE[depth][training],
          },
          [
            standard
              ? atMost(share, 0.1, 'share of the margin from robust patches')
              : atLeast(share, 0.9, 'share of the margin from robust patches'),
            ...finished,
          ],
        ),
      ]
    }),
  )
}

const OPEN = 'arXiv 2410.08503, open question on deeper networks'
const SOURCE = {
  'one-layer': { standard: 'arXiv 2410.08503, Theorem 4.3', adversarial: 'arXiv 2410.08503, Theorem 4.4' },
  'two-layers': { standard: OPEN, adversarial: OPEN },
} as const
