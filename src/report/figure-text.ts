import type { Figure } from '../analysis/figure.js'
import { columnOf, ROLES, type Value } from './figure-data.js'

/** Lines of at most `length` characters, broken between words. */
export function wrap(text: string, length: number): string[] {
  const lines: string[] = []
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)
    if (line !== undefined && line.length + 1 + word.length <= length)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

/** A number as a reader wants it: integers whole, others with up to four significant digits. */
export function readable(value: Value): string {
  if (typeof value === 'string' || Number.isInteger(value)) return String(value)
  return String(Number(value.toPrecision(4)))
}

/** What someone who does not see the figure is told. */
export function figureDescription({ title, kind, x, y, color, caption }: Figure): string {
  const drawn =
    kind === 'heatmap'
      ? `${color?.title ?? 'cells'} over ${x.title} and ${y.title}`
      : `${y.title} against ${x.title}`
  const series = kind !== 'heatmap' && color !== undefined ? `, one series per ${color.title}` : ''
  return `${title}. ${KINDS[kind]}: ${drawn}${series}. ${caption}`
}

const KINDS: Readonly<Record<Figure['kind'], string>> = {
  lines: 'Line chart',
  points: 'Point chart',
  bars: 'Bar chart',
  heatmap: 'Heat map',
}

/** The columns a figure draws first, then the others of its rows. */
export function columnsOf(figure: Figure): string[] {
  const drawn = ROLES.flatMap((role) => columnOf(figure, role) ?? [])
  return [...new Set([...drawn, ...figure.rows.flatMap((row) => Object.keys(row))])]
}
