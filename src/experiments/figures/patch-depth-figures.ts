import type { Figure } from '../../analysis/figure.js'
import type { PatchDepthResult } from '../depth/patch-depth.js'
import type { PatchDepthResults } from '../depth/patch-records.js'
import { PATCH_DEPTHS } from '../depth/patch-stack.js'
import { TRAININGS } from '../structured-data-sweep.js'
import { coefficientFigure } from './coefficient-figure.js'
import { seedFigure } from './seed-figure.js'

const NAMES = { 'one-layer': 'one layer', 'two-layers': 'two layers' } as const

const MEASURES: readonly [string, (result: PatchDepthResult) => number][] = [
  ['robust accuracy', ({ robustness }) => robustness.robustAccuracy],
  ['margin from X_R', ({ robustShare }) => robustShare],
  ['accuracy on X_R', ({ robustOnlyAccuracy }) => robustOnlyAccuracy],
  ['accuracy on X_NR', ({ nonRobustOnlyAccuracy }) => nonRobustOnlyAccuracy],
]

/** Coefficients of the first layer over training for each depth, and what the whole networks make of the features. */
export function patchDepthFigures(results: PatchDepthResults): Figure[] {
  return [
    ...PATCH_DEPTHS.map((depth) =>
      coefficientFigure(
        {
          id: `coefficients-${depth}`,
          title: `What the first layer learns, network of ${NAMES[depth]}`,
          caption:
            'Largest coefficient of the first layer’s filters on a class’s features, averaged over classes.',
          stroke: 'training',
        },
        TRAININGS.map((training) => ({
          name: training,
          runs: results[depth][training].map(({ trajectory }) => trajectory),
        })),
      ),
    ),
    seedFigure(
      {
        id: 'patch-networks',
        title: 'Networks of one and two layers on patches',
        caption:
          'Robust accuracy is the worst case per sample over the attack suite; margin from X_R the share of the margin that robust patches bring.',
        kind: 'bars',
        x: { field: 'measure', title: 'measure' },
        y: { field: 'value', title: 'accuracy or share', domain: [0, 1] },
        color: { field: 'network', title: 'network' },
      },
      MEASURES.flatMap(([measure, read]) =>
        PATCH_DEPTHS.flatMap((depth) =>
          TRAININGS.map((training) => ({
            x: measure,
            series: `${NAMES[depth]}, ${training}`,
            values: results[depth][training].map(read),
          })),
        ),
      ),
    ),
  ]
}
