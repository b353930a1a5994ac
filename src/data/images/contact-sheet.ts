import { PNG } from 'pngjs'
import { nativeAddon } from '../../native/addon.js'
import type { ImageDataset } from './image-dataset.js'

const GAP = 2
const PAPER = 255
const MINIMUM_TILE = 64

/**
 * A PNG with a row for each class, class 0 on top, of `perClass` images drawn at random. Small images are enlarged by a
 * whole factor, without smoothing; a class with fewer images leaves the rest of its row white.
 */
export function contactSheet(
  dataset: ImageDataset,
  { perClass, seed }: { readonly perClass: number; readonly seed: number },
): Uint8Array {
  const { height, width, classes } = dataset
  const zoom = Math.max(1, Math.round(MINIMUM_TILE / Math.max(height, width)))
  const [tileHeight, tileWidth] = [height * zoom + GAP, width * zoom + GAP]
  const png = new PNG({ width: perClass * tileWidth + GAP, height: classes * tileHeight + GAP })
  png.data.fill(PAPER)
  for (const [row, indices] of chosenByClass(dataset, perClass, seed).entries())
    for (const [column, image] of indices.entries())
      drawImage(dataset, image, { top: GAP + row * tileHeight, left: GAP + column * tileWidth, zoom }, png)
  return PNG.sync.write(png)
}

function chosenByClass({ labels, count, classes }: ImageDataset, perClass: number, seed: number): number[][] {
  const chosen = Array.from({ length: classes }, (): number[] => [])
  for (const index of nativeAddon().random.permutation(seed, 'contact-sheet', 0, count)) {
    const own = chosen[labels[index] ?? 0]
    if (own !== undefined && own.length < perClass) own.push(index)
  }
  return chosen
}

function drawImage(
  { images, height, width, channels }: ImageDataset,
  image: number,
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
