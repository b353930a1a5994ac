import type { Figure, FigureField } from '../analysis/figure.js'

/** What a column means in a plot. Specs know columns by these names, never by those that a file gives them. */
export const ROLES = ['x', 'y', 'color', 'stroke', 'control', 'low', 'high'] as const
export type Role = (typeof ROLES)[number]

export type Value = number | string
export type PlotRow = Readonly<Partial<Record<Role, Value | null>>>

/** The figure's column with this meaning; undefined where it has none. */
export function columnOf(figure: Figure, role: Role): string | undefined {
  if (role === 'low' || role === 'high') return figure.band?.[role]
  return figure[role]?.field
}

/** Rows by meaning, as specs read them. */
export function plotRows(figure: Figure): PlotRow[] {
  const columns = ROLES.flatMap((role) => {
    const column = columnOf(figure, role)
    return column === undefined ? [] : [[role, column] as const]
  })
  return figure.rows.map((row) =>
    Object.fromEntries(columns.map(([role, column]) => [role, row[column] ?? null])),
  )
}

/** The values of a column, each once: numbers by size, else in the order of the rows. */
export function distinct(rows: readonly PlotRow[], role: Role): Value[] {
  const values = [...new Set(rows.flatMap((row) => row[role] ?? []))]
  return values.every((value) => typeof value === 'number') ? values.sort((a, b) => a - b) : values
}

/** Whether a column holds numbers alone. */
export function isNumeric(rows: readonly PlotRow[], role: Role): boolean {
  return rows.every((row) => typeof (row[role] ?? 0) === 'number')
}

/** The smallest and the largest number in these columns; undefined where there are none. On a log axis positive ones. */
export function extent(
  rows: readonly PlotRow[],
  roles: readonly Role[],
  scale: FigureField['scale'],
): [number, number] | undefined {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const row of rows) {
    for (const role of roles) {
      const value = row[role]
      if (typeof value !== 'number' || (scale === 'log' && value <= 0)) continue
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
  }
  return low <= high ? [low, high] : undefined
}

/** How many rows a figure with log axes cannot show, for a word about it. */
export function notOnLogAxis({ x, y }: Figure, rows: readonly PlotRow[]): number {
  const hidden = (value: Value | null | undefined, scale: FigureField['scale']) =>
    scale === 'log' && typeof value === 'number' && value <= 0
  return rows.filter((row) => hidden(row.x, x.scale) || hidden(row.y, y.scale)).length
}
