import type { ImageDataset } from '../data/images/image-dataset.js'

/** A part of a constructed set: of consecutive images the bytes, and what was made small, before and after. */
export interface FeaturePart {
  readonly images: Uint8Array
  readonly initialLoss: Float64Array
  readonly loss: Float64Array
  readonly notFinite: Uint8Array
}

/** Consecutive images of a data set; the arrays are views. */
export function consecutive(dataset: ImageDataset, first: number, count: number): ImageDataset {
  const { images, labels, height, width, channels } = dataset
  const size = height * width * channels
  return {
    ...dataset,
    images: images.subarray(first * size, (first + count) * size),
    labels: labels.subarray(first, first + count),
    count,
  }
}

/** Numbers in [0, 1] as the nearest bytes. */
export function toBytes(numbers: Float32Array): Uint8Array {
  return Uint8Array.from(numbers, (number) => Math.round(255 * number))
}

/** Bytes as the numbers they stand for. */
export function toNumbers(bytes: Uint8Array): Float32Array {
  return Float32Array.from(bytes, (byte) => byte / 255)
}

/** Parts one after the other. */
export function joinParts(parts: readonly FeaturePart[]): FeaturePart {
  return {
    images: joined(
      Uint8Array,
      parts.map(({ images }) => images),
    ),
    initialLoss: joined(
      Float64Array,
      parts.map(({ initialLoss }) => initialLoss),
    ),
    loss: joined(
      Float64Array,
      parts.map(({ loss }) => loss),
    ),
    notFinite: joined(
      Uint8Array,
      parts.map(({ notFinite }) => notFinite),
    ),
  }
}

function joined<Array extends Uint8Array | Float64Array>(
  type: new (length: number) => Array,
  arrays: readonly Array[],
): Array {
  const whole = new type(arrays.reduce((length, array) => length + array.length, 0))
  let first = 0
  for (const array of arrays) {
    whole.set(array, first)
    first += array.length
  }
  return whole
}
