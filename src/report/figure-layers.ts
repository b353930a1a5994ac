import type { Figure } from '../analysis/figure.js'
import { distinct, extent, isNumeric, type PlotRow, ROLES, type Role } from './figure-data.js'
import {
  horizontal,
  LABEL,
  ordinal,
  quantitative,
  seriesColor,
  seriesShape,
  strokeDash,
  strokeOpacity,
} from './figure-scales.js'
import type { FigureTheme } from './theme.js'

export interface PlotContext {
  readonly figure: Figure
  readonly rows: readonly PlotRow[]
  readonly theme: FigureTheme
  /** Whether there is a reader who can point at things. */
  readonly interactive: boolean
}

interface Plot {
  readonly layer: object[]
  readonly width: number | { step: number }
  readonly height: number | { step: number }
}

const WIDTH = 640
const HEIGHT = 320
const MARKERS = 8
const MAXIMUM_HOVER_ROWS = 1500
const MAXIMUM_LABELLED_CELLS = 150
const MAXIMUM_LABELLED_BARS = 10

// The table of a figure's rows tells a screen reader more than thousands of marks would.
const SILENT = { aria: false }

/** Lines with their bands; a shape at a few places and, for a stroke, dashes tell them apart without colour. */
export function lines(context: PlotContext): Plot {
  const { figure, rows, interactive } = context
  const { x, stroke, color, band } = figure
  const base = { x: horizontal(rows, x, WIDTH, false), ...series(context), ...detail(figure) }
  const y = vertical(context, false)
  const marked = markedPlaces(rows)
  const hover = interactive && rows.length <= MAXIMUM_HOVER_ROWS
  return {
    width: WIDTH,
    height: HEIGHT,
    layer: [
      ...(band === undefined ? [] : [ribbon(base, y)]),
      {
        mark: { type: 'line', strokeWidth: 2, ...SILENT },
        encoding: { ...base, y, ...(stroke ? { strokeDash: strokeDash(rows, stroke) } : {}) },
      },
      {
        transform: [{ filter: `indexof(${JSON.stringify(marked)}, datum.x) >= 0 && isValid(datum.y)` }],
        mark: { type: 'point', filled: true, size: 55, opacity: 1, ...SILENT },
        encoding: {
          ...base,
          y,
          ...(color ? { shape: seriesShape(rows, color, 'color') } : {}),
          ...tooltip(figure),
        },
      },
      ...(hover
        ? [
            {
              mark: { type: 'point', filled: true, size: 120, opacity: 0, ...SILENT },
              encoding: { x: base.x, y, ...tooltip(figure) },
            },
          ]
        : []),
    ],
  }
}

export function points(context: PlotContext): Plot {
  const { figure, rows } = context
  const { x, color, stroke, band } = figure
  const base = { x: horizontal(rows, x, WIDTH, true), ...series(context), ...detail(figure) }
  const y = vertical(context, false)
  const shaped = stroke ? seriesShape(rows, stroke, 'stroke') : color && seriesShape(rows, color, 'color')
  return {
    width: WIDTH,
    height: HEIGHT,
    layer: [
      ...(band === undefined ? [] : [whiskers(base, y)]),
      {
        transform: [{ filter: 'isValid(datum.y)' }],
        mark: { type: 'point', filled: true, size: 70, opacity: 0.9, ...SILENT },
        encoding: { ...base, y, ...(shaped ? { shape: shaped } : {}), ...tooltip(figure) },
      },
    ],
  }
}

export function bars(context: PlotContext): Plot {
  const { figure, rows, theme } = context
  const { x, y: quantity, color, stroke, band } = figure
  const y = vertical(context, true)
  const x0 = ordinal(rows, x, 'x', WIDTH)
  const beside: Role | undefined = color ? 'color' : stroke && 'stroke'
  const offset = beside
    ? { xOffset: { field: beside, sort: null, scale: { domain: distinct(rows, beside) } } }
    : {}
  const base = { x: x0, ...offset, ...series(context) }
  const floor =
    quantity.scale === 'log' ? { y2: { datum: extent(rows, yRoles(figure), 'log')?.[0] ?? 1 } } : {}
  const faded = stroke ? { fillOpacity: strokeOpacity(rows, stroke) } : {}
  const labelled = rows.length <= MAXIMUM_LABELLED_BARS
  return {
    width: WIDTH,
    height: HEIGHT,
    layer: [
      { mark: { type: 'bar', ...SILENT }, encoding: { ...base, y, ...floor, ...faded, ...tooltip(figure) } },
      ...(band === undefined ? [] : [whiskers({ x: x0, ...offset, color: { value: theme.text } }, y)]),
      ...(labelled
        ? [
            {
              transform: [{ filter: 'isValid(datum.y)' }],
              mark: { type: 'text', dy: -7, dx: band ? 18 : 0, fontSize: 11, color: theme.text, ...SILENT },
              encoding: { x: x0, ...offset, y, text: { field: 'y', type: 'quantitative', format: '.3~g' } },
            },
          ]
        : []),
    ],
  }
}

export function heatmap({ figure, rows }: PlotContext): Plot {
  const { x, y } = figure
  const [across, up] = [distinct(rows, 'x').length, distinct(rows, 'y').length]
  const width = Math.min(64, Math.max(6, WIDTH / Math.max(1, across)))
  const height = Math.min(44, Math.max(6, 420 / Math.max(1, up)))
  const numbers = isNumeric(rows, 'color')
  const fits = across * up <= MAXIMUM_LABELLED_CELLS && width >= 38 && height >= 16 && numbers
  // Numbers grow upwards, as on any other axis; names are read downwards.
  const vertical = ordinal(rows, y, 'y', 0) as { scale: { domain: unknown[] } }
  const upwards = isNumeric(rows, 'y') ? vertical.scale.domain.toReversed() : vertical.scale.domain
  const base = { x: ordinal(rows, x, 'x', across * width), y: { ...vertical, scale: { domain: upwards } } }
  const { color, dark } = cellColor({ figure, rows })
  return {
    width: { step: width },
    height: { step: height },
    layer: [
      {
        transform: [{ filter: 'isValid(datum.color)' }],
        mark: { type: 'rect', ...SILENT },
        encoding: { ...base, color, ...tooltip(figure) },
      },
      ...(fits
        ? [
            {
              transform: [{ filter: 'isValid(datum.color)' }],
              mark: { type: 'text', fontSize: 11, ...SILENT },
              encoding: {
                ...base,
                text: { field: 'color', type: 'quantitative', format: '.2~g' },
                color: { condition: { test: dark, value: '#ffffff' }, value: '#000000' },
              },
            },
          ]
        : []),
    ],
  }
}

/** Viridis, whose lightness rises with the number; around 0 where both signs occur, and `dark` says for which cells it is dark. */
function cellColor({ figure, rows }: Pick<PlotContext, 'figure' | 'rows'>): { color: object; dark: string } {
  const title = figure.color?.title ?? ''
  const type = figure.color?.scale ?? 'linear'
  if (!isNumeric(rows, 'color')) {
    const domain = distinct(rows, 'color')
    const color = { field: 'color', type: 'nominal', title, scale: { domain, scheme: 'viridis' } }
    return { color: { ...color, legend: { labelExpr: LABEL } }, dark: 'false' }
  }
  const [low, high] = extent(rows, ['color'], type) ?? [0, 1]
  const reach = Math.max(-low, high)
  const diverging = type === 'linear' && low < 0 && high > 0
  const domain = diverging ? [-reach, reach] : low < high ? [low, high] : [low, low + 1]
  const legend = { gradientLength: 260, orient: 'bottom', direction: 'horizontal' }
  const scale = { type, domain, scheme: diverging ? 'purpleorange' : 'viridis' }
  const position = type === 'log' ? Math.sqrt(domain[0]! * domain[1]!) : (domain[0]! + domain[1]!) / 2
  return {
    color: { field: 'color', type: 'quantitative', title, scale, legend },
    dark: diverging ? `abs(datum.color) > ${0.75 * reach}` : `datum.color < ${position}`,
  }
}

function ribbon(base: object, y: object): object {
  return {
    mark: { type: 'area', opacity: 0.2, line: false, ...SILENT },
    encoding: { ...base, y: { ...y, field: 'low' }, y2: { field: 'high' } },
  }
}

function whiskers(base: object, y: object): object {
  return {
    transform: [{ filter: 'isValid(datum.low) && isValid(datum.high)' }],
    mark: { type: 'rule', strokeWidth: 1.5, ...SILENT },
    encoding: { ...base, y: { ...y, field: 'low' }, y2: { field: 'high' } },
  }
}

function vertical({ figure, rows }: PlotContext, zero: boolean): object {
  return quantitative(rows, figure.y, yRoles(figure), { zero })
}

function yRoles({ band }: Figure): Role[] {
  return band === undefined ? ['y'] : ['y', 'low', 'high']
}

function series({ figure: { color }, rows, theme }: PlotContext): object {
  return { color: color ? seriesColor(rows, color, theme) : { value: theme.series[0] } }
}

/** Separates lines by their stroke in every layer, also in those that draw no stroke. */
function detail({ stroke }: Figure): object {
  return stroke ? { detail: { field: 'stroke' } } : {}
}

function tooltip(figure: Figure): object {
  const interval = { low: 'lower end of the 95 % interval', high: 'upper end of the 95 % interval' }
  const shown = ROLES.flatMap((field) => {
    const title = field === 'low' || field === 'high' ? figure.band && interval[field] : figure[field]?.title
    return title === undefined ? [] : [{ field, title, type: 'nominal' }]
  })
  return { tooltip: shown }
}

/** A few places along x, evenly over its values, where lines carry a shape. */
function markedPlaces(rows: readonly PlotRow[]): unknown[] {
  const places = distinct(rows, 'x')
  const step = Math.max(1, (places.length - 1) / (MARKERS - 1))
  return places.length <= 12
    ? places
    : Array.from({ length: MARKERS }, (_, index) => places[Math.round(index * step)])
}
