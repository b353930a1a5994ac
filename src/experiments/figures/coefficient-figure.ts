import type { Figure } from '../../analysis/figure.js'
import type { LearnedPoint } from '../../analysis/learned-trajectory.js'
import { seedFigure } from './seed-figure.js'
import { spreadIterations } from './spread-iterations.js'

/** The trajectories of one kind of training, one per seed, all recorded at the same iterations. */
export interface TrajectoryGroup {
  readonly name: string
  readonly runs: readonly (readonly LearnedPoint[])[]
}

const POINTS = 80

/** Robust and non-robust coefficients over the iterations; groups differ by stroke, named by `stroke`. */
export function coefficientFigure(
  text: { id: string; title: string; caption: string; stroke?: string },
  groups: readonly TrajectoryGroup[],
): Figure {
  const { stroke, ...words } = text
  return seedFigure(
    {
      ...words,
      kind: 'lines',
      // The race is decided early, and a logarithmic axis has no place for iteration 0.
      x: { field: 'iteration', title: 'iteration', scale: 'log' },
      y: { field: 'coefficient', title: 'largest coefficient of a class, mean over classes' },
      color: { field: 'feature', title: 'features' },
      ...(stroke === undefined ? {} : { stroke: { field: 'group', title: stroke } }),
    },
    groups.flatMap(({ name, runs }) => {
      const wanted = new Set(spreadIterations(runs[0]?.map(({ iteration }) => iteration) ?? [], POINTS))
      return (runs[0] ?? []).flatMap(({ iteration }, position) =>
        wanted.has(iteration) && iteration > 0
          ? (['robust', 'nonRobust'] as const).map((feature) => ({
              x: iteration,
              series: feature === 'robust' ? 'robust' : 'non-robust',
              stroke: name,
              values: runs.flatMap((run) => run[position]?.[feature] ?? []),
            }))
          : [],
      )
    }),
  )
}
