import type { Precision } from '../native/contract.js'
import { layeredAddon } from '../native/layered-addon.js'
import type { NativeImageData } from '../native/layered-contract.js'
import { type ImageDataset, requireImageDataset } from './images/image-dataset.js'
import { requireIndices, type Samples } from './samples.js'

/**
 * Labelled images for layered networks, immutable, in native memory that is freed with the object. Kept as bytes; a byte
 * b stands for the number b / 255, and an attacker changes those numbers.
 */
export class ImageData implements Samples {
  /**
   * The addon's handle.
   *
   * @internal
   */
  readonly native: NativeImageData
  /** Of the inputs and of all computations. */
  readonly precision: Precision = 'float32'

  /**
   * Wraps a handle of the addon.
   *
   * @internal
   */
  constructor(native: NativeImageData) {
    this.native = native
  }

  /**
   * Images of a data set, copied.
   *
   * @param dataset such as `loadImages` gives
   * @throws RobustFeaturesError `INVALID_ARGUMENT` for what is no data set of images, `NATIVE_ADDON_UNAVAILABLE` where
   *   layered networks are not built
   */
  static fromImages(dataset: ImageDataset): ImageData {
    const { images, labels } = requireImageDataset(dataset, 'dataset')
    const { count, height, width, channels, classes } = dataset
    return new ImageData(
      new (layeredAddon().ImageData)({
        samples: count,
        height,
        width,
        channels,
        classes,
        images,
        labels: Int32Array.from(labels),
      }),
    )
  }

  /** N. */
  get samples(): number {
    return this.native.samples
  }
  /** In pixels. */
  get height(): number {
    return this.native.height
  }
  /** In pixels. */
  get width(): number {
    return this.native.width
  }
  /** Numbers per pixel. */
  get channels(): number {
    return this.native.channels
  }
  /** k. */
  get classes(): number {
    return this.native.classes
  }
  /** Numbers of an image: height · width · channels. */
  get inputSize(): number {
    return this.height * this.width * this.channels
  }

  /**
   * Copies of the bytes of `count` images from `first` on, count × height × width × channels (default: all).
   *
   * @param first of the images, from 0
   * @param count how many; default: all from there on
   * @throws RobustFeaturesError `INVALID_ARGUMENT` for images that are not there
   */
  images(first = 0, count = this.samples - first): Uint8Array {
    return this.native.images(first, count)
  }

  /**
   * The same as numbers in [0, 1].
   *
   * @param first of the images, from 0
   * @param count how many; default: all from there on
   * @throws RobustFeaturesError `INVALID_ARGUMENT` for images that are not there
   */
  inputs(first = 0, count = this.samples - first): Float32Array {
    return Float32Array.from(this.images(first, count), (byte) => byte / 255)
  }

  /** A copy of the N labels. */
  labels(): Int32Array {
    return this.native.labels()
  }

  /**
   * New data of the images at `indices`, in that order.
   *
   * @param indices from 0; repeats allowed
   * @throws RobustFeaturesError `INVALID_ARGUMENT` for an index out of range
   */
  select(indices: ArrayLike<number>): ImageData {
    return new ImageData(this.native.select(requireIndices(indices, this.samples)))
  }
}
