import { z } from 'zod'
import { nativeAddon } from '../native/addon.js'
import type { FloatArray, NativePatchData, NativePatchDataOptions, Precision } from '../native/contract.js'
import { requireTypedArray } from '../native/typed-array.js'
import { classCount, parseOptions, positiveInteger } from '../native/validation.js'
import { imagePatchData, imagePatchLayout } from './image-patches.js'
import type { ImageDataset } from './images/image-dataset.js'
import { requireIndices, type Samples } from './samples.js'

const shapeSchema = z.strictObject({
  patches: positiveInteger(),
  dimension: positiveInteger(),
  classes: classCount,
  inputs: z.unknown(),
  labels: z.unknown(),
})

const imageOptionsSchema = z.strictObject({
  window: positiveInteger(),
  stride: positiveInteger().optional(),
  precision: z.enum(['float32', 'float64']).default('float32'),
})

/** Arrays of a caller that become samples. */
export interface PatchDataArrays {
  /** P, patches per sample. */
  readonly patches: number
  /** d, numbers per patch. */
  readonly dimension: number
  /** k ≥ 2. */
  readonly classes: number
  /** N × P·d, row-major; its type is the precision. Copied. */
  readonly inputs: FloatArray
  /** N labels, 0 … k − 1. Copied. */
  readonly labels: Int32Array | BigInt64Array
}

/**
 * Labelled samples of P patches of d numbers, immutable, in native memory that is freed with the object.
 *
 * An attacker changes the `input` of a sample: its P·d numbers, or its pixels where image patches overlap.
 */
export class PatchData implements Samples {
  /**
   * The addon's handle.
   *
   * @internal
   */
  readonly native: NativePatchData

  /**
   * Wraps a handle of the addon.
   *
   * @internal
   */
  constructor(native: NativePatchData) {
    this.native = native
  }

  /**
   * Samples from arrays of the caller.
   *
   * @param arrays shape, inputs and labels
   * @throws RobustFeaturesError `INVALID_ARGUMENT` for wrong lengths, labels out of range, NaN or infinities
   */
  static fromArrays(arrays: PatchDataArrays): PatchData {
    const { patches, dimension, classes } = parseOptions(shapeSchema, arrays, 'arrays')
    const labels = int32Labels(arrays.labels)
    const length = labels.length * patches * dimension
    const inputs = requireTypedArray<FloatArray>(
      arrays.inputs,
      'inputs',
      [Float32Array, Float64Array],
      length,
    )
    return PatchData.#copy({
      samples: labels.length,
      patches,
      dimension,
      classes,
      inputSize: patches * dimension,
      inputs,
      labels,
    })
  }

  /**
   * Images cut into square patches, pixels scaled to [0, 1].
   *
   * @param images such as `loadImages` gives
   * @param options `window`: side of a patch in pixels; `stride`: distance of neighbouring patches (default: the
   *   window); `precision`: default `float32`
   * @throws RobustFeaturesError `INVALID_ARGUMENT` when the patches do not cover the image
   */
  static fromImages(
    images: ImageDataset,
    options: { window: number; stride?: number | undefined; precision?: Precision | undefined },
  ): PatchData {
    const { window, stride = window, precision } = parseOptions(imageOptionsSchema, options, 'options')
    const { height, width, channels } = images
    const layout = imagePatchLayout({ height, width, channels, window, stride })
    return PatchData.#copy(imagePatchData(images, layout, precision))
  }

  static #copy(options: NativePatchDataOptions): PatchData {
    return new PatchData(new (nativeAddon().PatchData)(options))
  }

  /** Of the inputs, and of all computations on them. */
  get precision(): Precision {
    return this.native.precision
  }
  /** N. */
  get samples(): number {
    return this.native.samples
  }
  /** P. */
  get patches(): number {
    return this.native.patches
  }
  /** d. */
  get dimension(): number {
    return this.native.dimension
  }
  /** k. */
  get classes(): number {
    return this.native.classes
  }
  /** Numbers an attacker may change per sample. */
  get inputSize(): number {
    return this.native.inputSize
  }
  /** Whether patches share numbers of the input. */
  get overlapping(): boolean {
    return this.native.overlapping
  }

  /**
   * Copies of the inputs of `count` samples from `first` on, count × inputSize (default: all).
   *
   * @param first of the samples, from 0
   * @param count how many; default: all from there on
   * @throws RobustFeaturesError `INVALID_ARGUMENT` for samples that are not there
   */
  inputs(first = 0, count = this.samples - first): FloatArray {
    return this.native.inputs(first, count)
  }

  /** A copy of the N labels. */
  labels(): Int32Array {
    return this.native.labels()
  }

  /**
   * New data of the samples at `indices`, in that order.
   *
   * @param indices from 0; repeats allowed
   * @throws RobustFeaturesError `INVALID_ARGUMENT` for an index out of range
   */
  select(indices: ArrayLike<number>): PatchData {
    return new PatchData(this.native.select(requireIndices(indices, this.samples)))
  }

  /** The same samples in `float64`, which holds every float32 number exactly; itself where they are. */
  toDouble(): PatchData {
    return this.precision === 'float64' ? this : new PatchData(this.native.toDouble())
  }
}

/** Of numpy's int64 too; what no class has stays beyond them. */
function int32Labels(given: unknown): Int32Array {
  const types = [Int32Array, BigInt64Array]
  const labels = requireTypedArray<Int32Array | BigInt64Array>(given, 'labels', types)
  if (labels instanceof Int32Array) return labels
  return Int32Array.from(labels, (label) => Math.max(-1, Math.min(Number(label), 2 ** 31 - 1)))
}
