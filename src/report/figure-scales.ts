import type { FigureField } from '../analysis/figure.js'
import { distinct, extent, isNumeric, type PlotRow, type Role, type Value } from './figure-data.js'
import { readable, wrap } from './figure-text.js'
import type { FigureTheme } from './theme.js'

const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'cross', 'triangle-down', 'triangle-right']
const DASHES = [
  [1, 0],
  [7, 4],
  [2, 3],
  [9, 3, 2, 3],
]
const LOG_MARGIN = 1.15
const MOST_NAMES = 40
const LEGEND_CHARACTERS = 84

/** Integers whole, other numbers shortened; for axes and legends of nominal values. */
export const LABEL =
  "isNumber(datum.value) ? (datum.value === floor(datum.value) ? format(datum.value, 'd') : format(datum.value, '.4~r')) : datum.value"

/**
 * A numeric axis: over all rows, whichever number is chosen; over the rows shown where names are chosen, for they may
 * be of different quantities.
 */
export function quantitative(
  rows: readonly PlotRow[],
  field: FigureField,
  roles: readonly Role[],
  { zero = false, nice = true }: { zero?: boolean; nice?: boolean } = {},
): object {
  if (field.domain !== undefined) {
    return {
      field: roles[0],
      type: 'quantitative',
      title: wrap(field.title, 44),
      scale: { domain: field.domain, clamp: true, nice: false },
      axis: { tickCount: 6 },
    }
  }
  const ends = extent(rows, roles, field.scale)
  const [low, high] = ends ?? [0, 1]
  const domain =
    field.scale === 'log'
      ? [low / LOG_MARGIN, high * LOG_MARGIN]
      : zero
        ? [Math.min(0, low), Math.max(0, high)]
        : [low, high]
  return {
    field: roles[0],
    type: 'quantitative',
    title: wrap(field.title, 44),
    scale: {
      type: field.scale ?? 'linear',
      zero,
      // A whole decade more at either end would be mostly empty.
      nice: nice && field.scale !== 'log',
      // A single value has no extent to span.
      ...(domain[0]! < domain[1]! && isNumeric(rows, 'control') ? { domain } : {}),
    },
    // Without an extent the ticks have no step either, and would be written with all their zeros.
    axis: { tickCount: 6, ...(low === high ? { format: '.4~r' } : {}) },
  }
}

/** An axis of names, in the order of the rows; numbers by size. */
export function ordinal(rows: readonly PlotRow[], field: FigureField, role: Role, width: number): object {
  const domain = distinct(rows, role)
  const longest = Math.max(...domain.map((value) => readable(value).length), 0)
  const crowded = longest * 7 * domain.length > width
  return {
    field: role,
    type: 'ordinal',
    title: wrap(field.title, 44),
    scale: { domain },
    sort: null,
    axis: {
      labelExpr: LABEL,
      labelAngle: role === 'x' && crowded && longest > 4 ? -35 : 0,
      grid: false,
      // Every name is needed, of numbers some tell the others.
      labelOverlap: isNumeric(rows, role) || domain.length > MOST_NAMES,
    },
  }
}

/** An axis for x: numeric where its column is; `nice` leaves room at its ends. */
export function horizontal(
  rows: readonly PlotRow[],
  field: FigureField,
  width: number,
  nice: boolean,
): object {
  return isNumeric(rows, 'x') ? quantitative(rows, field, ['x'], { nice }) : ordinal(rows, field, 'x', width)
}

/** The colour of a series; beyond the palette's length shades of one scheme. */
export function seriesColor(rows: readonly PlotRow[], field: FigureField, theme: FigureTheme): object {
  const domain = distinct(rows, 'color')
  const range =
    domain.length <= theme.series.length
      ? { range: theme.series.slice(0, domain.length) }
      : { scheme: { name: 'viridis', extent: [0, 0.85] } }
  return nominal(domain, field, 'color', range)
}

/** Shape, which tells series apart where colour cannot. */
export function seriesShape(rows: readonly PlotRow[], field: FigureField, role: 'color' | 'stroke'): object {
  const domain = distinct(rows, role)
  return nominal(domain, field, role, { range: domain.map((_, index) => SHAPES[index % SHAPES.length]) })
}

/** Dashes of a stroke, the first solid. */
export function strokeDash(rows: readonly PlotRow[], field: FigureField): object {
  const domain = distinct(rows, 'stroke')
  const range = domain.map((_, index) => DASHES[index % DASHES.length])
  return nominal(domain, field, 'stroke', { range }, { symbolType: 'stroke', symbolSize: 400 })
}

/** Strength of a fill, the first full. */
export function strokeOpacity(rows: readonly PlotRow[], field: FigureField): object {
  const domain = distinct(rows, 'stroke')
  return nominal(domain, field, 'stroke', { range: domain.map((_, index) => 1 / (index + 1)) })
}

function nominal(
  domain: readonly Value[],
  field: FigureField,
  role: Role,
  range: object,
  symbols: object = {},
): object {
  const characters = domain.reduce<number>((sum, value) => sum + readable(value).length + 5, 0)
  const longest = Math.max(...domain.map((value) => readable(value).length), 1)
  return {
    field: role,
    type: 'nominal',
    title: field.title,
    scale: { domain, ...range },
    legend: {
      labelExpr: LABEL,
      ...symbols,
      ...(characters > LEGEND_CHARACTERS
        ? { columns: Math.max(1, Math.floor(LEGEND_CHARACTERS / (longest + 5))) }
        : {}),
    },
  }
}
