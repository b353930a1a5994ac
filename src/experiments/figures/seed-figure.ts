import type { Figure, FigureRow } from '../../analysis/figure.js'
import { measure } from '../../analysis/statistics.js'

/** One mark of a figure: a value per seed. */
export interface SeedPoint {
  readonly x: number | string
  /** Value of the figure's `color` column. */
  readonly series: string
  /** Value of the figure's `stroke` column. */
  readonly stroke?: string
  readonly values: readonly number[]
}

/** A figure of means over seeds with their 95 % intervals; the caption gets a sentence that says so. */
export function seedFigure(layout: Omit<Figure, 'rows' | 'band'>, points: readonly SeedPoint[]): Figure {
  const seeds = Math.max(0, ...points.map(({ values }) => values.length))
  const { x, y, color, stroke } = layout
  return {
    ...layout,
    caption: `${layout.caption} ${seeds === 1 ? 'One seed' : `Mean and 95 % interval over ${seeds} seeds`}.`,
    band: { low: 'low', high: 'high' },
    rows: points
      .filter(({ values }) => values.length > 0)
      .map((point): FigureRow => {
        const { value, ci95 } = measure(point.values)
        return {
          [x.field]: point.x,
          ...(color === undefined ? {} : { [color.field]: point.series }),
          ...(stroke === undefined ? {} : { [stroke.field]: point.stroke ?? null }),
          [y.field]: value,
          low: ci95?.lower ?? null,
          high: ci95?.upper ?? null,
        }
      }),
  }
}
