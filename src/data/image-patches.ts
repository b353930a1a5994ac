import type { FloatArray, NativePatchDataOptions, Precision } from '../native/contract.js'
import { describeValue } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'
import type { ImageDataset } from './images/image-dataset.js'

export interface PatchGrid {
  readonly height: number
  readonly width: number
  readonly channels: number
  /** Side of the square patches, in pixels. */
  readonly window: number
  /** Distance between neighbouring patches, in pixels. */
  readonly stride: number
}

/** How images of one size are cut into patches, row of patches by row. */
export interface PatchLayout extends PatchGrid {
  /** P = ((height − window)/stride + 1) · ((width − window)/stride + 1). */
  readonly patches: number
  /** d = window² · channels. */
  readonly dimension: number
  /** P·d positions into an image (row-major, channels last), patch by patch. */
  readonly positions: Int32Array
  /** Whether some pixel lies in more than one patch. */
  readonly overlapping: boolean
}

/**
 * Lays a grid of square patches over an image so that every pixel lies in at least one.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` when the window is larger than the image, or when patches `stride`
 *   apart leave pixels out; the message names the strides that fit
 */
export function imagePatchLayout(grid: PatchGrid): PatchLayout {
  const { height, width, channels, window, stride } = grid
  for (const [name, value] of Object.entries({ height, width, channels, window, stride }))
    requirePositiveInteger(name, value)
  if (window > Math.min(height, width)) {
    throw invalid(
      `Expected \`window\` to be at most ${Math.min(height, width)} for ${height} × ${width} images, got ${window}.`,
    )
  }
  requireCover(grid)
  const rows = (height - window) / stride + 1
  const columns = (width - window) / stride + 1
  const patches = rows * columns
  const dimension = window * window * channels
  if (Math.max(patches * dimension, height * width * channels) > 2 ** 31 - 1) {
    throw invalid(`Expected at most 2^31 − 1 numbers per image, got ${patches} patches of ${dimension}.`)
  }
  const positions = new Int32Array(patches * dimension)
  let next = 0
  for (let patchRow = 0; patchRow < rows; patchRow++) {
    for (let patchColumn = 0; patchColumn < columns; patchColumn++) {
      for (let row = 0; row < window; row++) {
        const start = ((patchRow * stride + row) * width + patchColumn * stride) * channels
        for (let offset = 0; offset < window * channels; offset++) positions[next++] = start + offset
      }
    }
  }
  return {
    height,
    width,
    channels,
    window,
    stride,
    patches,
    dimension,
    positions,
    overlapping: patches > 1 && stride < window,
  }
}

/**
 * Images as samples of patches, with pixel values scaled from 0 … 255 to [0, 1].
 *
 * Patches that do not overlap are gathered: inputs are N × P·d in patch order. Overlapping ones share pixels, so
 * inputs stay N × height·width·channels in pixel order and come with the layout's positions.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` when the layout is for images of another size
 */
export function imagePatchData(
  dataset: ImageDataset,
  layout: PatchLayout,
  precision: Precision = 'float32',
): NativePatchDataOptions {
  const { height, width, channels, count } = dataset
  if (height !== layout.height || width !== layout.width || channels !== layout.channels) {
    const expected = `${height} × ${width} × ${channels}`
    throw invalid(
      `Expected \`layout\` to be for ${expected} images, got ${layout.height} × ${layout.width} × ${layout.channels}.`,
    )
  }
  const pixels = height * width * channels
  const samples = {
    samples: count,
    patches: layout.patches,
    dimension: layout.dimension,
    classes: dataset.classes,
    labels: Int32Array.from(dataset.labels),
  }
  if (layout.overlapping) {
    const inputs = allocate(precision, count * pixels)
    for (let index = 0; index < inputs.length; index++) inputs[index] = (dataset.images[index] ?? 0) / 255
    return { ...samples, inputSize: pixels, inputs, layout: layout.positions }
  }
  const inputSize = layout.positions.length
  const inputs = allocate(precision, count * inputSize)
  for (let sample = 0; sample < count; sample++) {
    for (let index = 0; index < inputSize; index++) {
      const pixel = sample * pixels + (layout.positions[index] ?? 0)
      inputs[sample * inputSize + index] = (dataset.images[pixel] ?? 0) / 255
    }
  }
  return { ...samples, inputSize, inputs }
}

function allocate(precision: Precision, length: number): FloatArray {
  return precision === 'float32' ? new Float32Array(length) : new Float64Array(length)
}

function requireCover({ height, width, window, stride }: PatchGrid): void {
  const span = greatestCommonDivisor(height - window, width - window)
  if (span === 0 || (span % stride === 0 && stride <= window)) return
  const limit = Math.min(span, window)
  const valid = Array.from({ length: limit }, (_, index) => index + 1).filter(
    (candidate) => span % candidate === 0,
  )
  const choices = valid.length === 1 ? `${valid[0]}` : `one of ${valid.join(', ')}`
  const where = `so that ${window} × ${window} patches cover ${height} × ${width} images`
  throw invalid(`Expected \`stride\` to be ${choices} ${where}, got ${stride}.`)
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b)
}

function requirePositiveInteger(name: string, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= 2 ** 31 - 1) return
  throw invalid(`Expected \`${name}\` to be a positive integer, got ${describeValue(value)}.`)
}

function invalid(message: string): RobustFeaturesError {
  return new RobustFeaturesError('INVALID_ARGUMENT', message)
}
