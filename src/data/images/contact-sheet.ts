import { PNG } from 'pngjs'
import { nativeAddon } from '../../native/addon.js'
import { RobustFeaturesError } from '../../native/errors.js'
import type { ImageDataset } from './image-dataset.js'

const GAP = 2
const PAPER = 255
const MINIMUM_TILE = 64

/** One image of a data set. */
interface Cell {
  readonly dataset: ImageDataset
  readonly image: number
}

interface Choice {
  readonly perClass: number
  readonly seed: number
}

/**
 * A PNG with a row for each class, class 0 on top, of `perClass` images drawn at random. Small images are enlarged by a
 * whole factor, without smoothing; a class with fewer images leaves the rest of its row white.
 */
export function contactSheet(dataset: ImageDataset, choice: Choice): Uint8Array {
  const rows = chosenByClass(dataset, choice).map((own) => own.map((image) => ({ dataset, image })))
  return drawSheet(rows, choice.perClass)
}

/**
 * A PNG with a row for each of `perClass` images of every class of the first data set, drawn at random, and a column for
 * each data set, which has the image of the same place.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for data sets of different shapes
 */
export function comparisonSheet(datasets: readonly ImageDataset[], choice: Choice): Uint8Array {
  const [first] = datasets
  const shapes = [...new Set(datasets.map(shapeOf))]
  if (first === undefined || shapes.length > 1) {
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      `Expected \`datasets\` to be data sets of one shape, got ${shapes.join(' and ') || 'none'}.`,
    )
  }
  const images = chosenByClass(first, choice).flat()
  return drawSheet(
    images.map((image) => datasets.map((dataset) => ({ dataset, image }))),
    datasets.length,
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

function drawSheet(rows: readonly (readonly Cell[])[], columns: number): Uint8Array {
  const { height, width } = rows.flat()[0]?.dataset ?? { height: 1, width: 1 }
  const zoom = Math.max(1, Math.round(MINIMUM_TILE / Math.max(height, width)))
  const [tileHeight, tileWidth] = [height * zoom + GAP, width * zoom + GAP]
  const png = new PNG({ width: columns * tileWidth + GAP, height: rows.length * tileHeight + GAP })
  png.data.fill(PAPER)
  for (const [row, cells] of rows.entries())
    for (const [column, cell] of cells.entries())
      drawImage(cell, { top: GAP + row * tileHeight, left: GAP + column * tileWidth, zoom }, png)
  return PNG.sync.write(png)
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
