import type { Figure } from '../../analysis/figure.js'
import type { AccuracyBracket } from '../accuracy-curve.js'
import { seedFigure } from './seed-figure.js'

/** Accuracy of one kind of network: a curve per seed, over the same radii. */
export interface AccuracyCurves {
  readonly name: string
  readonly runs: readonly (readonly AccuracyBracket[])[]
}

/** Attacked and certified accuracy against ε. */
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
      y: { field: 'accuracy', title: 'robust accuracy', domain: [0, 1] },
      color: { field: 'network', title: 'network' },
      stroke: { field: 'bound', title: 'bound' },
    },
    groups.flatMap(({ name, runs }) =>
      (['attacked', 'certified'] as const).flatMap((bound) =>
        radii.map((radius, position) => ({
          x: radius,
          series: name,
          stroke: bound,
          values: runs.flatMap((run) => run[position]?.[bound] ?? []),
        })),
      ),
    ),
  )
}
