import { nativeAddon } from '../../native/addon.js'
import { describeValue } from '../../native/describe.js'
import { RobustFeaturesError } from '../../native/errors.js'
import { requireInstance, requireObject } from '../../native/instances.js'

/** Labelled images of one size, as bytes 0 … 255. */
export interface ImageDataset {
  /** `mnist` for example; records carry it as their `dataset`. */
  readonly name: string
  /** count × height × width × channels, row-major, channels last. */
  readonly images: Uint8Array
  /** One per image, 0 … classes − 1. */
  readonly labels: Uint8Array
  /** N. */
  readonly count: number
  /** In pixels. */
  readonly height: number
  /** In pixels. */
  readonly width: number
  /** Bytes per pixel. */
  readonly channels: number
  /** k, 2 … 256. */
  readonly classes: number
  /** Where the images come from, when a loader read them. */
  readonly provenance?: ImageProvenance
}

/** Where a data set's bytes were read from and what is known about them. */
export interface ImageProvenance {
  /** Which of the official parts. */
  readonly split: 'train' | 'test' | 'extra'
  /** The folder that was read. */
  readonly directory: string
  /** Whether checksums showed them to be the official images. */
  readonly official: boolean
  /** As its authors state it. */
  readonly licence: string
}

/**
 * Which images to keep: the first `count`; with a `seed`, `count` drawn at random without replacement; or those at
 * `indices` in the given order (repeats allowed).
 */
export type SubsetOptions =
  | {
      /** How many to keep. */
      readonly count: number
      /** Of the draw; default: the first ones, undrawn. */
      readonly seed?: number | undefined
    }
  | {
      /** Positions in the set, from 0. */
      readonly indices: ArrayLike<number>
    }

/** Options of `trainTestSplit`. */
export interface TrainTestSplitOptions {
  /** How many images go to the test part; the others are for training. */
  readonly testCount: number
  /** Of the draw. */
  readonly seed: number
}

/**
 * Puts images and labels together as a data set, without copying them.
 *
 * @param fields all but the number of images, which the labels give
 * @throws RobustFeaturesError `INVALID_ARGUMENT` when a length, size or label does not fit the others
 */
export function createImageDataset(fields: Omit<ImageDataset, 'count'>): ImageDataset {
  requireObject(fields, 'fields')
  const { images, labels, height, width, channels, classes } = fields
  requireInteger('height', height, 1, 65535)
  requireInteger('width', width, 1, 65535)
  requireInteger('channels', channels, 1, 65535)
  requireInteger('classes', classes, 2, 256)
  requireInstance(images, Uint8Array, 'images')
  requireInstance(labels, Uint8Array, 'labels')
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
 * Checks that a value a user hands over is a data set of images.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function requireImageDataset(value: unknown, name: string): ImageDataset {
  const { images, labels } = Object(value) as Partial<ImageDataset>
  if (images instanceof Uint8Array && labels instanceof Uint8Array) return value as ImageDataset
  throw invalid(
    `Expected \`${name}\` to have images and labels, such as createImageDataset makes, got ${describeValue(value)}.`,
  )
}

/**
 * A smaller data set with copies of the chosen images.
 *
 * @param dataset is left as it is
 * @param options `count`, with or without a `seed`, or `indices`
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for a count above the data set's, or an index out of range
 */
export function subset(dataset: ImageDataset, options: SubsetOptions): ImageDataset {
  requireImageDataset(dataset, 'dataset')
  requireObject(options, 'options')
  const indices = chosenIndices(dataset, options)
  const size = dataset.height * dataset.width * dataset.channels
  const images = new Uint8Array(indices.length * size)
  const labels = new Uint8Array(indices.length)
  for (let position = 0; position < indices.length; position++) {
    const index = indices[position] as number
    requireInteger(`indices[${position}]`, index, 0, dataset.count - 1)
    images.set(dataset.images.subarray(index * size, (index + 1) * size), position * size)
    labels[position] = dataset.labels[index] ?? 0
  }
  return { ...dataset, images, labels, count: indices.length }
}

/**
 * Two data sets without a common image, drawn at random: `testCount` images, and all others. Both are in random order,
 * which depends on the seed and the number of images alone.
 *
 * @param dataset is left as it is
 * @param options `testCount` and `seed`
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for a count above the data set's
 */
export function trainTestSplit(
  dataset: ImageDataset,
  options: TrainTestSplitOptions,
): {
  /** The images that are not in `test`. */
  train: ImageDataset
  /** `testCount` images. */
  test: ImageDataset
} {
  requireImageDataset(dataset, 'dataset')
  requireObject(options, 'options')
  const { testCount, seed } = options
  requireInteger('testCount', testCount, 0, dataset.count)
  const order = randomOrder(dataset, 'train-test-split', seed)
  return {
    train: subset(dataset, { indices: order.subarray(testCount) }),
    test: subset(dataset, { indices: order.subarray(0, testCount) }),
  }
}

/**
 * How many images each class has, class 0 first.
 *
 * @param dataset whose labels are counted
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for another object
 */
export function classCounts(dataset: ImageDataset): number[] {
  requireImageDataset(dataset, 'dataset')
  requireInteger('dataset.classes', dataset.classes, 2, 256)
  const counts = new Array<number>(dataset.classes).fill(0)
  for (const label of dataset.labels) counts[label] = (counts[label] ?? 0) + 1
  return counts
}

function chosenIndices(dataset: ImageDataset, options: SubsetOptions): ArrayLike<number> {
  if ('indices' in options) {
    requireObject(options.indices, 'indices')
    return options.indices
  }
  requireInteger('count', options.count, 0, dataset.count)
  if (options.seed === undefined) return Array.from({ length: options.count }, (_, index) => index)
  return randomOrder(dataset, 'subset', options.seed).subarray(0, options.count)
}

function randomOrder({ count }: ImageDataset, stream: string, seed: number): Int32Array {
  requireInteger('seed', seed, 0, Number.MAX_SAFE_INTEGER)
  return nativeAddon().random.permutation(seed, stream, 0, count)
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
