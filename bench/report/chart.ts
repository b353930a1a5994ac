import type { CaseResult, Identity, Measured } from '../measurement/results.js'
import { digits } from './markdown.js'

const WIDTH = 900
const LABELS = 230
const NUMBERS = 70
const BAR = 16
const TITLE = 34
const MARGIN = 12
const COLORS: Readonly<Record<string, string>> = {
  'robust-features': '#0b7285',
  floor: '#868e96',
  oracle: '#868e96',
  NumPy: '#4263eb',
  JAX: '#7048e8',
  TensorFlow: '#f76707',
  PyTorch: '#e03131',
  tfjs: '#f59f00',
}

type Bar = Identity & Measured

/** Horizontal bars of the median times, on a logarithmic axis of its own for every case, as SVG. */
export function chartOf(cases: readonly CaseResult[]): string {
  const parts: string[] = []
  let y = MARGIN
  for (const { name, results } of cases) {
    const bars = results
      .filter((result): result is Bar => result.status === 'measured')
      .sort((a, b) => a.medianMs - b.medianMs)
    if (bars.length === 0) continue
    parts.push(text(MARGIN, y + 18, `${name}, ms per step (logarithmic)`, 'font-weight="bold"'))
    y += TITLE
    parts.push(...bars.map((bar, index) => barOf(bar, y + index * BAR, axisOf(bars))))
    y += bars.length * BAR + MARGIN
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${y}" viewBox="0 0 ${WIDTH} ${y}"`,
    ' font-family="sans-serif" font-size="12">',
    '<title>Time of a step by contender</title>',
    `<rect width="${WIDTH}" height="${y}" fill="white"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n')
}

/** Lengths of bars: half the shortest time has none. */
function axisOf(bars: readonly Bar[]): (milliseconds: number) => number {
  const times = bars.map(({ medianMs }) => medianMs)
  const low = Math.log(Math.min(...times) / 2)
  const high = Math.log(Math.max(...times))
  const room = WIDTH - LABELS - NUMBERS - MARGIN
  return (milliseconds) => (room * (Math.log(milliseconds) - low)) / (high - low)
}

function barOf(
  { contender, family, medianMs }: Bar,
  y: number,
  axis: (milliseconds: number) => number,
): string {
  const length = axis(medianMs)
  const fill = COLORS[family] ?? '#495057'
  return [
    text(LABELS - 6, y + 12, contender, 'text-anchor="end"'),
    `<rect x="${LABELS}" y="${y + 2}" width="${length.toFixed(1)}" height="${BAR - 4}" fill="${fill}"/>`,
    text(Math.round(LABELS + length + 6), y + 12, digits(medianMs)),
  ].join('\n')
}

function text(x: number, y: number, content: string, attributes = ''): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  return `<text x="${x}" y="${y}" ${attributes}>${escaped}</text>`
}
