import type { ImageDataset } from '../data/images/image-dataset.js'
import type { FeatureConstruction } from './construction.js'

/** A constructed data set, with how it was made and how far the making of each image came. */
export interface FeatureSet {
  /** In the order of the originals; a targeted one has the labels its images were moved to. */
  readonly dataset: ImageDataset
  /** How it was made. */
  readonly construction: FeatureConstruction
  /** What was made small, at the start: ‖g(x′) − g(x)‖₂, or of a targeted image the cross-entropy of its label. */
  readonly initialLoss: Float64Array
  /** The same of the image as it is, in bytes; NaN where a network overflows on it. */
  readonly loss: Float64Array
  /** 1 where a loss or gradient was not finite: the image is the best one before, or its start. */
  readonly notFinite: Uint8Array
}
