import { z } from 'zod'
import { RobustFeaturesError } from '../../native/errors.js'
import { invalidFile } from '../invalid-file.js'
import { endsLikeTensors } from '../tensor-file.js'
import { type ImageDataset, subset } from './image-dataset.js'
import { loadImageDataset } from './image-file.js'
import { type LoadImagesOptions, loadImages } from './load-images.js'
import { DATA_SET_NAMES, type DataSetName } from './sets/registry.js'

/**
 * Where images come from, as a user writes it: the name of a public data set, or the path of a file of images and labels
 * or of the folder of a constructed set. What is no name is a path if it ends like a file of tensors or has a slash;
 * `isPath` may know more.
 */
export function imageSource(isPath: (text: string) => boolean = () => false) {
  return z.union([
    z.enum(DATA_SET_NAMES),
    // Without `abort` the union would speak of this branch alone.
    z.string().refine((text) => endsLikeTensors(text) || text.includes('/') || isPath(text), {
      error: 'a file that ends in .npz or .safetensors, or a folder of constructed images',
      abort: true,
    }),
  ])
}

/** Whether a source is a public data set. */
export function isDataSetName(source: string): source is DataSetName {
  return (DATA_SET_NAMES as readonly string[]).includes(source)
}

/**
 * The images of a source.
 *
 * @param options of a public data set; a path has no parts to choose from
 * @throws RobustFeaturesError as `loadImages` and `loadImageDataset`; `INVALID_FILE` where there is no image
 */
export async function loadSource(source: string, options: LoadImagesOptions): Promise<ImageDataset> {
  const images = isDataSetName(source) ? await loadImages(source, options) : await loadImageDataset(source)
  if (images.count === 0) throw invalidFile(source, 'images', 'none')
  return images
}

/**
 * The first images of a data set; all of them without a count.
 *
 * @param option whose value `count` is
 * @throws RobustFeaturesError `INVALID_ARGUMENT` where there are fewer
 */
export function firstImages(images: ImageDataset, count: number | undefined, option: string): ImageDataset {
  if (count === undefined || count === images.count) return images
  if (count < images.count) return subset(images, { count })
  throw new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected \`${option}\` to be at most ${images.count}, the number of images there are, got ${count}.`,
  )
}
