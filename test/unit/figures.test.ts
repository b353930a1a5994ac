import { describe, expect, it } from 'vitest'
import type { Figure } from '../../src/analysis/figure.js'
import { compileFigure, figureToSvg, svgToPng } from '../../src/report/render-figure.js'
import { darkTheme, lightTheme } from '../../src/report/theme.js'
import { vegaLiteSpec } from '../../src/report/vega-lite-spec.js'
import { exampleFigures } from '../helpers/figures.js'

const specOf = (figure: Figure) => vegaLiteSpec(figure, { theme: lightTheme, standalone: true })
const named = (id: string) => exampleFigures.find((figure) => figure.id === id)!
const textsOf = (svg: string) =>
  [...svg.matchAll(/<text[^>]*>(.*?)<\/text>/gs)].map(([, text = '']) => text.replace(/<[^>]*>/g, ' ').trim())
const line: Figure = {
  id: 'line',
  title: 'A line',
  caption: 'n = 1',
  kind: 'lines',
  x: { field: 'x', title: 'seconds (s)' },
  y: { field: 'y', title: 'loss', scale: 'log' },
  rows: [1, 2, 3].map((x) => ({ x, y: 10 ** x })),
}

describe.each(exampleFigures)('the figure $id', (figure) => {
  it('is a specification that compiles, the same each time', () => {
    expect(() => compileFigure(specOf(figure))).not.toThrow()
    expect(specOf(figure)).toEqual(specOf(figure))
  })

  it('is the same file each time', async () => {
    const [one = '', other = ''] = [await figureToSvg(figure), await figureToSvg(figure)]
    expect(other).toBe(one)
    expect(Buffer.compare(svgToPng(one)!, svgToPng(other)!)).toBe(0)
  })

  it('says its title, caption, axes and series in the file', async () => {
    const texts = textsOf(await figureToSvg(figure)).join(' ')
    for (const words of [figure.title, figure.x.title, figure.y.title, figure.color?.title ?? ''])
      expect(texts).toContain(words)
    for (const word of figure.caption.split(/\s+/)) expect(texts).toContain(word)
  })

  it('is an image of the size of the SVG, twice', async () => {
    const svg = await figureToSvg(figure)
    const png = Buffer.from(svgToPng(svg)!)
    expect(png.subarray(1, 4).toString()).toBe('PNG')
    const [, width, height] = svg.match(/<svg[^>]*?width="(\d+)"[^>]*?height="(\d+)"/) ?? []
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2 * Number(width), 2 * Number(height)])
  })
})

describe('a figure with a control', () => {
  it('shows the last value in a file, and the axes and colours of all', async () => {
    const figure = named('alignment')
    const svg = await figureToSvg(figure)
    expect(textsOf(svg).join(' ')).toContain('(iteration: 1500)')
    const last = figure.rows.filter(({ iteration }) => iteration === 1500)
    const alone = await figureToSvg({ ...figure, rows: last })
    const cells = (text: string) => text.match(/class="mark-rect[\s\S]*?<\/g>/)?.[0].match(/<path/g)?.length
    expect(cells(svg)).toBe(last.length)
    expect(cells(alone)).toBe(last.length)
    const values = JSON.stringify(specOf(figure))
    expect(values).toContain('"name":"chosen","value":1500')
  })
})

describe('vegaLiteSpec', () => {
  it('names no column of the file, whatever it is called', async () => {
    const hostile = 'a.b[0]"]+alert(1)'
    const figure = {
      ...line,
      x: { field: hostile, title: 'x' },
      rows: line.rows.map(({ x, y }) => ({ [hostile]: x!, y: y! })),
    }
    expect(JSON.stringify(specOf(figure))).not.toContain('alert')
    expect((await figureToSvg(figure)).match(/class="mark-line/g)).toHaveLength(1)
  })

  it('leaves out of a logarithmic axis what is not positive', async () => {
    const rows = [{ x: 0, y: 0 }, { x: 4, y: -1 }, ...line.rows]
    const path = (svg: string) => svg.match(/class="mark-line[\s\S]*?d="([^"]*)"/)?.[1]
    expect(path(await figureToSvg({ ...line, rows }))).toMatch(/^M[^M]*L[^M]*L[^M]*$/)
    expect(path(await figureToSvg({ ...line, rows }))).not.toMatch(/NaN|Infinity/)
  })

  it('breaks a line where a value is null', async () => {
    const rows = [1, 2, 3, 4, 5].map((x) => ({ x, y: x === 3 ? null : 10 ** x }))
    const svg = await figureToSvg({ ...line, rows })
    expect(svg.match(/class="mark-line[\s\S]*?d="([^"]*)"/)?.[1]?.match(/M/g)).toHaveLength(2)
  })

  it.each(['lines', 'points', 'bars', 'heatmap'] as const)('draws %s without rows', async (kind) => {
    const color = { field: 'c', title: 'c' }
    const svg = await figureToSvg({ ...line, kind, color, rows: [] })
    expect(svg).not.toMatch(/NaN|Infinity/)
  })

  it('writes a single whole number on an axis without decimals', async () => {
    const texts = textsOf(await figureToSvg({ ...line, rows: [{ x: 20, y: 8 }] }))
    expect(texts).toContain('20')
    expect(texts.filter((text) => /\.0/.test(text))).toEqual([])
  })

  it('draws a single point', async () => {
    const svg = await figureToSvg({ ...line, kind: 'points', rows: [{ x: 1, y: 1 }] })
    expect(svg).not.toMatch(/NaN|Infinity/)
  })

  it('draws more series than the palette has colours', async () => {
    const rows = Array.from({ length: 12 }, (_, c) => [1, 2].map((x) => ({ x, y: x + c, c: `series ${c}` })))
    const svg = await figureToSvg({ ...line, color: { field: 'c', title: 'c' }, rows: rows.flat() })
    for (let c = 0; c < 12; c++) expect(textsOf(svg)).toContain(`series ${c}`)
  })
})

describe('the colours', () => {
  it.each([
    ['light', lightTheme],
    ['dark', darkTheme],
  ] as const)('of the %s theme are seen on its background', (_, { background, text, series }) => {
    expect(contrast(text, background)).toBeGreaterThan(7)
    for (const color of series) expect(contrast(color, background), color).toBeGreaterThan(3)
    expect(new Set(series).size).toBe(series.length)
  })
})

/** WCAG 2: (L1 + 0.05) / (L2 + 0.05) of the relative luminances. */
function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

function luminance(color: string): number {
  const channels = [1, 3, 5].map((start) => Number.parseInt(color.slice(start, start + 2), 16) / 255)
  const [red = 0, green = 0, blue = 0] = channels.map((c) =>
    c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4,
  )
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
