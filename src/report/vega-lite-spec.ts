import type { TopLevelSpec } from 'vega-lite'
import type { Figure } from '../analysis/figure.js'
import { distinct, type PlotRow, plotRows } from './figure-data.js'
import { bars, heatmap, lines, type PlotContext, points } from './figure-layers.js'
import { figureDescription, readable, wrap } from './figure-text.js'
import type { FigureTheme } from './theme.js'

export interface VegaLiteSpecOptions {
  readonly theme: FigureTheme
  /**
   * Whether the figure stands alone in a file: it then brings its rows, its title and its caption, and has nothing to
   * point at. Otherwise the page says them and puts the rows into the data set `rows`.
   */
  readonly standalone: boolean
}

const LINE_CHARACTERS = 92

/**
 * The Vega-Lite specification of a figure. Colours span all rows, and axes too where numbers are chosen, so that they stay
 * where they are when the signal `chosen` of a figure with a control changes; it begins at the control's last value.
 */
export function vegaLiteSpec(figure: Figure, { theme, standalone }: VegaLiteSpecOptions): TopLevelSpec {
  const rows = plotRows(figure)
  const chosen = distinct(rows, 'control').at(-1)
  const context: PlotContext = { figure, rows, theme, interactive: !standalone }
  const { layer, width, height } = LAYERS[figure.kind](context)
  const spec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: figureDescription(figure),
    ...(standalone ? { title: titleOf(figure, chosen), padding: 16 } : { padding: 4 }),
    background: theme.background,
    width,
    height,
    data: standalone ? { name: 'rows', values: rows } : { name: 'rows' },
    params: chosen === undefined ? [] : [{ name: 'chosen', value: chosen }],
    transform: filters(figure, chosen !== undefined).map((filter) => ({ filter })),
    layer,
    config: configuration(theme, standalone),
  }
  // The type of a specification is a union of hundreds that literals of computed parts never match.
  return spec as unknown as TopLevelSpec
}

const LAYERS: Readonly<
  Record<
    Figure['kind'],
    (context: PlotContext) => { layer: object[]; width: object | number; height: object | number }
  >
> = { lines, points, bars, heatmap }

function filters({ x, y }: Figure, hasControl: boolean): string[] {
  return [
    ...(hasControl ? ['datum.control === chosen'] : []),
    ...(x.scale === 'log' ? ['datum.x > 0'] : []),
    // What is null stays, for it interrupts a line.
    ...(y.scale === 'log' ? ['!isNumber(datum.y) || datum.y > 0'] : []),
  ]
}

function titleOf({ title, caption, control }: Figure, chosen: PlotRow['control']): object {
  const where = chosen == null ? '' : ` (${control?.title}: ${readable(chosen)})`
  return { text: wrap(title + where, 70), subtitle: wrap(caption, LINE_CHARACTERS) }
}

function configuration({ text, faint }: FigureTheme, standalone: boolean): object {
  const font = standalone ? 'DejaVu Sans, Verdana, sans-serif' : 'system-ui, sans-serif'
  const lettering = { labelColor: text, titleColor: text, labelFontSize: 12, titleFontSize: 13 }
  return {
    font,
    view: { stroke: null },
    title: {
      anchor: 'start',
      color: text,
      fontSize: 16,
      subtitleColor: text,
      subtitleFontSize: 12,
      subtitlePadding: 6,
      offset: 14,
    },
    axis: {
      ...lettering,
      titleFontWeight: 'normal',
      domainColor: text,
      tickColor: text,
      gridColor: faint,
      labelOverlap: true,
      labelLimit: 320,
      labelFlush: false,
      titlePadding: 10,
    },
    legend: {
      ...lettering,
      titleFontWeight: 'normal',
      orient: 'bottom',
      direction: 'horizontal',
      labelLimit: 560,
      titleLimit: 560,
      symbolSize: 110,
      symbolOpacity: 1,
      symbolStrokeWidth: 2,
      offset: 14,
    },
  }
}
