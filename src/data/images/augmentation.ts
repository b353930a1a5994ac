import { z } from 'zod'
import { requireObject } from '../../native/instances.js'
import { nonNegativeInteger, parseOptions, seed } from '../../native/validation.js'
import { uniform } from '../../reference/philox.js'
import { type ImageDataset, requireImageDataset } from './image-dataset.js'

const STREAM = 'augmentation'
const MAXIMUM_COUNTER = 2 ** 32 - 1

export const augmentationSchema = z.strictObject({
  padding: nonNegativeInteger(65535)
    .default(4)
    .meta({ description: 'Black pixels added on each side before an area of the old size is cut out' }),
  flip: z.boolean().default(true).meta({ description: 'Whether half of the images are mirrored' }),
})

/** Options of `augment`. */
export interface AugmentationOptions {
  /** Black pixels added on each side before an area of the old size is cut out; default 4. */
  readonly padding?: number | undefined
  /** Whether half of the images are mirrored; default true. */
  readonly flip?: boolean | undefined
}

/** What is done to one image. */
export interface AugmentationDraw {
  /** Row of the padded image where the area that is cut out begins, 0 … 2·padding. */
  readonly row: number
  /** The same for columns, 0 … 2·padding. */
  readonly column: number
  /** Whether left and right are exchanged afterwards. */
  readonly flip: boolean
}

/**
 * What becomes of image i (its index in the training set, from 0) in epoch e (completed passes over that set, from 0).
 *
 * Three uniforms of the Philox stream `augmentation` are drawn: u0, u1, u2 are elements 0, 1 and 2 of item i and
 * round e, so the counter of block b is (b, i, e, FNV-1a of the name). Item and round are words of their own, so that
 * no two pairs of image and epoch share numbers up to 2³² of each, whatever the sizes of set and batches.
 *
 * row = ⌊u0 (2·padding + 1)⌋, column = ⌊u1 (2·padding + 1)⌋, flipped when u2 < 1/2. All three are drawn always:
 * turning `flip` off does not change the crops.
 *
 * @param options of the augmentation
 * @param position root seed, epoch and image, as above
 * @throws RobustFeaturesError `INVALID_ARGUMENT`, `UNKNOWN_OPTION`
 */
export function augmentationDraw(
  options: AugmentationOptions,
  position: { readonly seed: number; readonly epoch: number; readonly image: number },
): AugmentationDraw {
  const { padding, flip } = parseOptions(augmentationSchema, options, 'augmentation', 'options')
  const { seed: root, epoch, image } = parseOptions(positionSchema, position, 'position')
  const [u0 = 0, u1 = 0, u2 = 0] = uniform(root, STREAM, image, 3, epoch)
  const offsets = 2 * padding + 1
  return { row: Math.floor(u0 * offsets), column: Math.floor(u1 * offsets), flip: flip && u2 < 0.5 }
}

const positionSchema = z.strictObject({
  seed,
  epoch: nonNegativeInteger(MAXIMUM_COUNTER),
  image: nonNegativeInteger(MAXIMUM_COUNTER),
})

/**
 * The images of a set as a training run sees them in one epoch: each is padded with black, cut out at random and
 * mirrored at random ({@link augmentationDraw}). Pixel (r, c) of the result is pixel
 * (r + row − padding, c′ + column − padding) of the image, black where there is none, with c′ = width − 1 − c when
 * flipped and c otherwise. Labels stay.
 *
 * @param dataset whose images are copied
 * @param options of the augmentation, with the root seed of its draws and `epoch`, the completed passes over the
 *   set, from 0
 * @throws RobustFeaturesError `INVALID_ARGUMENT`, `UNKNOWN_OPTION`
 */
export function augment(
  dataset: ImageDataset,
  options: AugmentationOptions & { readonly seed: number; readonly epoch: number },
): ImageDataset {
  requireImageDataset(dataset, 'dataset')
  requireObject(options, 'options')
  const { seed: root, epoch, ...augmentation } = options
  const { padding } = parseOptions(augmentationSchema, augmentation, 'augmentation')
  const { height, width, channels, count, images } = dataset
  const size = height * width * channels
  const augmented = new Uint8Array(images.length)
  for (let image = 0; image < count; image++) {
    const { row, column, flip } = augmentationDraw(augmentation, { seed: root, epoch, image })
    for (let r = 0; r < height; r++) {
      const sourceRow = r + row - padding
      if (sourceRow < 0 || sourceRow >= height) continue
      for (let c = 0; c < width; c++) {
        const sourceColumn = (flip ? width - 1 - c : c) + column - padding
        if (sourceColumn < 0 || sourceColumn >= width) continue
        const from = image * size + (sourceRow * width + sourceColumn) * channels
        const to = image * size + (r * width + c) * channels
        for (let channel = 0; channel < channels; channel++)
          augmented[to + channel] = images[from + channel] as number
      }
    }
  }
  return { ...dataset, images: augmented }
}
