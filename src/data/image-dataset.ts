import { describeValue } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'

/** Labelled images of one size, as bytes 0 … 255. */
export interface ImageDataset {
  /** `mnist` for example; records carry it as their `dataset`. */
  readonly name: string
  /** count × height × width × channels, row-major, channels last. */
  readonly images: Uint8Array
  /** One per image, 0 … classes − 1. */
  readonly labels: Uint8Array
  readonly count: number
  readonly height: number
  readonly width: number
  readonly channels: number
  readonly classes: number
}

/** Which images to keep: the first `count`, or those at `indices` in the given order (repeats allowed). */
export type SubsetOptions = { readonly count: number } | { readonly indices: ArrayLike<number> }

/**
 * Puts images and labels together as a data set, without copying them.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` when a length, size or label does not fit the others
 */
export function createImageDataset(fields: Omit<ImageDataset, 'count'>): ImageDataset {
  const { images, labels, height, width, channels, classes } = fields
  requireInteger('height', height, 1, 65535)
  requireInteger('width', width, 1, 65535)
  requireInteger('channels', channels, 1, 65535)
  requireInteger('classes', classes, 2, 256)
  const count = labels.length
  const expected = count * height * width * channels
  if (images.length !== expected) {
    const shape = `${count} × ${height} × ${width} × ${channels}`
    throw invalid(`Expected \`images\` to hold ${shape} = ${expected} bytes, got ${images.length}.`)
  }
  const wrong = labels.findIndex((label) => label >= classes)
  if (wrong !== -1)
    throw invalid(`Expected \`labels[${wrong}]\` to be from 0 to ${classes - 1}, got ${labels[wrong]}.`)
  return { ...fields, count }
}

/**
 * A smaller data set with copies of the chosen images. It draws nothing at random; shuffle the indices beforehand.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for a count above the data set's, or an index out of range
 */
export function subset(dataset: ImageDataset, options: SubsetOptions): ImageDataset {
  const indices = 'count' in options ? firstIndices(dataset, options.count) : Array.from(options.indices)
  const size = dataset.height * dataset.width * dataset.channels
  const images = new Uint8Array(indices.length * size)
  const labels = new Uint8Array(indices.length)
  for (const [position, index] of indices.entries()) {
    requireInteger(`indices[${position}]`, index, 0, dataset.count - 1)
    images.set(dataset.images.subarray(index * size, (index + 1) * size), position * size)
    labels[position] = dataset.labels[index] ?? 0
  }
  return { ...dataset, images, labels, count: indices.length }
}

/** How many images each class has, class 0 first. */
export function classCounts(dataset: ImageDataset): number[] {
  const counts = new Array<number>(dataset.classes).fill(0)
  for (const label of dataset.labels) counts[label] = (counts[label] ?? 0) + 1
  return counts
}

function firstIndices(dataset: ImageDataset, count: number): number[] {
  requireInteger('count', count, 0, dataset.count)
  return Array.from({ length: count }, (_, index) => index)
}

function requireInteger(name: string, value: number, minimum: number, maximum: number): void {
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return
  throw invalid(
    `Expected \`${name}\` to be an integer from ${minimum} to ${maximum}, got ${describeValue(value)}.`,
  )
}

function invalid(message: string): RobustFeaturesError {
  return new RobustFeaturesError('INVALID_ARGUMENT', message)
}
