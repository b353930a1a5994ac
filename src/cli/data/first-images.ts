import { type ImageDataset, subset } from '../../data/images/image-dataset.js'
import { loadImages } from '../../data/images/load-images.js'
import type { Split } from '../../data/images/sets/data-set.js'
import type { DataSetName } from '../../data/images/sets/registry.js'

/** What options of a command say about images. */
interface Wanted {
  readonly data: DataSetName
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
  const images = await loadImages(data, {
    split,
    verify,
    ...(dataDir !== undefined && { directory: dataDir }),
  })
  return count === undefined || count >= images.count ? images : subset(images, { count })
}
