import type { ImageData } from '../data/image-data.js'
import { type ImageDataset, subset } from '../data/images/image-dataset.js'
import { toImageDataset } from '../features/extract-features.js'

/** Images to look at: a row for each class, and in it the same image as several data sets have it. */
export interface ImageGrid {
  /** Unique in its experiment, fit for a file name, such as `mnist-constructed-images`. */
  readonly id: string
  readonly title: string
  /** Which images the rows are, and where those of the columns come from. */
  readonly caption: string
  /** From the left; the first one's labels say whose row is whose. */
  readonly columns: readonly GridColumn[]
}

export interface GridColumn {
  readonly name: string
  readonly images: ImageDataset
}

/** Places of the first image of each class, class 0 first; a class without one has none. */
export function firstOfEachClass(data: ImageData, count = data.samples): number[] {
  const labels = data.labels().subarray(0, count)
  return Array.from({ length: data.classes }, (_, label) => labels.indexOf(label)).filter((n) => n >= 0)
}

/** A grid of data sets that have the same images in the same order, the originals first; the shortest says how many. */
export function imageGrid(
  text: Omit<ImageGrid, 'columns'>,
  columns: readonly [readonly [string, ImageData], ...(readonly [string, ImageData | ImageDataset])[]],
): ImageGrid {
  const sets = columns.map(([name, data]) => ({ name, images: toImageDataset(data) }))
  const least = Math.min(...sets.map(({ images }) => images.count))
  const indices = firstOfEachClass(columns[0][1], least)
  return { ...text, columns: sets.map(({ name, images }) => ({ name, images: subset(images, { indices }) })) }
}
