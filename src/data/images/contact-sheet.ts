import { PNG } from 'pngjs'
import { nativeAddon } from '../../native/addon.js'
import { RobustFeaturesError } from '../../native/errors.js'
import type { ImageDataset } from './image-dataset.js'
import { drawText, LINE_HEIGHT, textWidth } from './pixel-text.js'

const GAP = 2
const PAPER = 255
const MINIMUM_TILE = 64

/** One image of a data set. */
interface Cell {
  readonly dataset: ImageDataset
  readonly image: number
  /** Below it. */
  readonly note?: string
}

interface Row {
  readonly title: string
  readonly cells: readonly Cell[]
}

interface Choice {
  readonly perClass: number
  readonly seed: number
}

/**
 * A PNG with a row for each class, class 0 on top, of `perClass` images drawn at random. Small images are enlarged by a
 * whole factor, without smoothing; a class with fewer images leaves the rest of its row white.
 *
 * @param titles of the rows, on their left; default none
 */
export function contactSheet(
  dataset: ImageDataset,
  choice: Choice,
  titles: readonly string[] = [],
): Uint8Array {
  const rows = chosenByClass(dataset, choice).map((own, label) => ({
    title: titles[label] ?? '',
    cells: own.map((image) => ({ dataset, image })),
  }))
  return drawSheet(
    rows,
    Array.from({ length: choice.perClass }, () => ''),
  )
}

/** What is written on a comparison. */
interface ComparisonText {
  /** Of the columns, above them. */
  readonly titles: readonly string[]
  readonly classNames: readonly string[]
}

/**
 * A PNG with a row for each of `perClass` images of every class of the first data set, drawn at random, and a column for
 * each data set, which has the image of the same place.
 *
 * @param text default none; with it rows have the name of their class, and images of another label that label's below
 *   them
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for data sets of different shapes
 */
export function comparisonSheet(
  datasets: readonly ImageDataset[],
  choice: Choice,
  text?: ComparisonText,
): Uint8Array {
  const [first] = datasets
  const shapes = [...new Set(datasets.map(shapeOf))]
  if (first === undefined || shapes.length > 1) {
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      `Expected \`datasets\` to be data sets of one shape, got ${shapes.join(' and ') || 'none'}.`,
    )
  }
  const nameOf = (label = 0) => (text === undefined ? '' : (text.classNames[label] ?? `${label}`))
  const rows = chosenByClass(first, choice)
    .flat()
    .map((image) => ({
      title: nameOf(first.labels[image]),
      cells: datasets.map((dataset) => {
        const label = dataset.labels[image]
        const moved = text !== undefined && label !== first.labels[image]
        return { dataset, image, ...(moved && { note: `> ${nameOf(label)}` }) }
      }),
    }))
  return drawSheet(
    rows,
    datasets.map((_, column) => text?.titles[column] ?? ''),
  )
}

function shapeOf({ count, height, width, channels }: ImageDataset): string {
  return `${count} × ${height} × ${width} × ${channels}`
}

function chosenByClass({ labels, count, classes }: ImageDataset, { perClass, seed }: Choice): number[][] {
  const chosen = Array.from({ length: classes }, (): number[] => [])
  for (const index of nativeAddon().random.permutation(seed, 'contact-sheet', 0, count)) {
    const own = chosen[labels[index] ?? 0]
    if (own !== undefined && own.length < perClass) own.push(index)
  }
  return chosen
}

function drawSheet(rows: readonly Row[], titles: readonly string[]): Uint8Array {
  const cells = rows.flatMap((row) => row.cells)
  const { height, width } = cells[0]?.dataset ?? { height: 1, width: 1 }
  const zoom = Math.max(1, Math.round(MINIMUM_TILE / Math.max(height, width)))
  const notes = cells.flatMap(({ note }) => note ?? [])
  const heads = titles.map(linesOf)
  const margin = {
    top: LINE_HEIGHT * Math.max(0, ...heads.map(({ length }) => length)),
    left: widest(rows.map(({ title }) => title)),
  }
  const tileHeight = height * zoom + GAP + (notes.length === 0 ? 0 : LINE_HEIGHT)
  const tileWidth = Math.max(width * zoom, widest([...heads.flat(), ...notes])) + GAP
  const png = new PNG({
    width: margin.left + titles.length * tileWidth + GAP,
    height: margin.top + rows.length * tileHeight + GAP,
  })
  png.data.fill(PAPER)
  const leftOf = (column: number) => margin.left + GAP + column * tileWidth
  for (const [column, lines] of heads.entries())
    for (const [line, text] of lines.entries())
      drawText(text, { top: GAP + line * LINE_HEIGHT, left: leftOf(column) }, png)
  for (const [row, { title, cells }] of rows.entries()) {
    const top = margin.top + GAP + row * tileHeight
    drawText(title, { top, left: GAP }, png)
    for (const [column, cell] of cells.entries()) {
      drawImage(cell, { top, left: leftOf(column), zoom }, png)
      drawText(cell.note ?? '', { top: top + height * zoom + GAP, left: leftOf(column) }, png)
    }
  }
  return PNG.sync.write(png)
}

/** A title in lines, broken after hyphens; none of nothing. */
function linesOf(title: string): string[] {
  return title === '' ? [] : title.split(/(?<=-)/)
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(textWidth))
}

function drawImage(
  { dataset: { images, height, width, channels }, image }: Cell,
  { top, left, zoom }: { top: number; left: number; zoom: number },
  png: PNG,
): void {
  for (let y = 0; y < height * zoom; y++) {
    for (let x = 0; x < width * zoom; x++) {
      const row = image * height + Math.floor(y / zoom)
      const pixel = (row * width + Math.floor(x / zoom)) * channels
      const to = ((top + y) * png.width + left + x) * 4
      // Grey images have one channel for all three.
      for (let channel = 0; channel < 3; channel++)
        png.data[to + channel] = images[pixel + Math.min(channel, channels - 1)] as number
    }
  }
}
