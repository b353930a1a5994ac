import type { Figure } from '../../analysis/figure.js'
import type { RecordedCoefficients } from '../../analysis/learned-trajectory.js'
import { spreadIterations } from './spread-iterations.js'

const ITERATIONS = 6

/** ⟨w_{i,r}, u_j⟩ and ⟨w_{i,r}, v_j⟩ of all filters and features as a matrix, for a handful of iterations. */
export function alignmentFigure(
  { id, title, training, seed }: { id: string; title: string; training: string; seed: number },
  recorded: readonly RecordedCoefficients[],
  classes: number,
): Figure {
  const chosen = new Set(
    spreadIterations(
      recorded.map(({ iteration }) => iteration),
      ITERATIONS,
    ),
  )
  return {
    id,
    title,
    caption:
      `Inner products of every filter with every feature, ${training}, seed ${seed} (n = 1), at the chosen iteration. ` +
      'Features of class i are u_i (robust) and v_i (non-robust).',
    kind: 'heatmap',
    x: { field: 'feature', title: 'feature' },
    y: { field: 'filter', title: 'filter' },
    color: { field: 'product', title: 'inner product' },
    control: { field: 'iteration', title: 'iteration' },
    rows: recorded.flatMap(({ iteration, coefficients }) => {
      if (!chosen.has(iteration)) return []
      const filters = coefficients.robust.length / classes
      return Array.from({ length: filters }, (_, f) =>
        (['robust', 'nonRobust'] as const).flatMap((kind) =>
          Array.from({ length: classes }, (_, j) => ({
            iteration,
            filter: filterName(f, filters / classes),
            feature: `${kind === 'robust' ? 'u' : 'v'}_${j + 1}`,
            product: coefficients[kind][f * classes + j] ?? null,
          })),
        ),
      ).flat()
    }),
  }
}

function filterName(filter: number, perClass: number): string {
  return `class ${Math.floor(filter / perClass) + 1}, filter ${(filter % perClass) + 1}`
}
