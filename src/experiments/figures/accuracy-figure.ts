import type { Figure } from '../../analysis/figure.js'
import { seedFigure } from './seed-figure.js'

/** Attacked accuracy of one kind of network: a curve per seed, over the same radii. */
export interface AccuracyCurves {
  readonly name: string
  readonly runs: readonly (readonly number[])[]
}

/** Attacked accuracy against ε. */
export function accuracyFigure(
  text: { id: string; title: string; caption: string },
  radii: readonly number[],
  groups: readonly AccuracyCurves[],
): Figure {
  return seedFigure(
    {
      ...text,
      kind: 'lines',
      x: { field: 'radius', title: 'ε, radius of the ℓ2 ball of a patch (input units)' },
      y: { field: 'accuracy', title: 'attacked accuracy' },
      color: { field: 'network', title: 'network' },
    },
    groups.flatMap(({ name, runs }) =>
      radii.map((radius, position) => ({
        x: radius,
        series: name,
        values: runs.flatMap((run) => run[position] ?? []),
      })),
    ),
  )
}
