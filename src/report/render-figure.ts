import * as vega from 'vega'
import { compile } from 'vega-lite'
import type { Figure } from '../analysis/figure.js'
import { fontFiles } from './font-files.js'
import { lightTheme } from './theme.js'
import { vegaLiteSpec } from './vega-lite-spec.js'

// Built for most platforms, not for all; nothing else of a report depends on it.
const resvg = await import('@resvg/resvg-js').catch(() => undefined)

/** Whether figures can be turned into PNG files here. */
export const drawsPng = resvg !== undefined

const PIXELS_PER_UNIT = 2

/** Of a letter of DejaVu Sans, in its size. */
const MEAN_ADVANCE = 0.62

// Vega's own guess without a canvas is a third too wide and leaves large margins; the type definitions leave it out.
const { textMetrics } = vega as unknown as {
  textMetrics: { width: (item: { fontSize?: number }, text: unknown) => number }
}
textMetrics.width = ({ fontSize = 11 }, text) => MEAN_ADVANCE * fontSize * String(text ?? '').length

/** A figure as a document of its own, on white, with its title and caption; of a control the last value. */
export async function figureToSvg(figure: Figure): Promise<string> {
  const spec = compileFigure(vegaLiteSpec(figure, { theme: lightTheme, standalone: true }))
  const view = new vega.View(vega.parse(spec), { renderer: 'none' })
  try {
    await view.runAsync()
    // Names of gradients are counted over the whole process; figures are drawn one after another.
    vega.resetSVGDefIds()
    return await view.toSVG()
  } finally {
    view.finalize()
  }
}

/** The same picture in pixels, two for a unit of the SVG; undefined where `drawsPng` is not. */
export function svgToPng(svg: string): Uint8Array | undefined {
  const options = {
    fitTo: { mode: 'zoom', value: PIXELS_PER_UNIT },
    font: { fontFiles: fontFiles(), loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans' },
  } as const
  return resvg && new resvg.Resvg(svg, options).render().asPng()
}

/** Vega-Lite to Vega, without the compiler's remarks on defaults it fills in. */
export function compileFigure(spec: Parameters<typeof compile>[0]): vega.Spec {
  const silent = {
    level: () => silent,
    error: (message: string) => {
      throw new Error(message)
    },
    warn: () => silent,
    info: () => silent,
    debug: () => silent,
  }
  return compile(spec, { logger: silent as never }).spec as vega.Spec
}
