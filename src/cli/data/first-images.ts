import { type ImageDataset, subset } from '../../data/images/image-dataset.js'
import { loadImageDataset } from '../../data/images/image-file.js'
import { loadImages } from '../../data/images/load-images.js'
import type { Split } from '../../data/images/sets/data-set.js'
import { invalidFile } from '../../data/invalid-file.js'
import { isDataSetName } from './options.js'

/** What options of a command say about images. */
interface Wanted {
  /** As `dataSetOrFileOption` takes it. */
  readonly data: string
  readonly split: Split
  readonly verify: boolean
  readonly dataDir?: string | undefined
  readonly images?: number | undefined
}

/** The first images, or all where there are fewer. */
export async function firstImages({
  data,
  split,
  verify,
  dataDir,
  images: count,
}: Wanted): Promise<ImageDataset> {
  const images = isDataSetName(data)
    ? await loadImages(data, { split, verify, ...(dataDir !== undefined && { directory: dataDir }) })
    : await loadImageDataset(data)
  if (images.count === 0) throw invalidFile(data, 'images', 'none')
  return count === undefined || count >= images.count ? images : subset(images, { count })
}
