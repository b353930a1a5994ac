import { ImageData } from '../../data/image-data.js'
import { createImageDataset } from '../../data/images/image-dataset.js'
import type { PatchData } from '../../data/patch-data.js'
import type { PatchDistribution } from '../../data/patch-distribution.js'
import { strengthRange } from '../../data/strength.js'
import { type Layer, normalization } from '../../model/layers.js'

/** How patches are kept as the bytes of images: number x is the byte zero + x/step, rounded and held in 0 … 255. */
export interface PatchCode {
  readonly step: number
  /** The byte of x = 0. */
  readonly zero: number
}

/** Of the noise, beyond which a number is held at the end of the bytes. */
const DEVIATIONS = 6

/**
 * The finest code whose bytes reach, beyond every feature and its noise, as far as a perturbation of ε in every number:
 * so the box [0, 1] of images takes nothing from an ℓ∞ ball.
 *
 * @param radius ε in the numbers of the patches
 */
export function patchCode({ options }: PatchDistribution, radius: number): PatchCode {
  const { robustStrength, nonRobustStrength, noise } = options
  const strongest = Math.max(strengthRange(robustStrength).high, strengthRange(nonRobustStrength).high)
  const reach = radius + DEVIATIONS * noise
  // Two levels are kept for rounding, one at each end.
  const step = (strongest + 2 * reach) / 253
  return { step, zero: Math.ceil(reach / step + 0.5) }
}

/** Samples as images of 1 × P pixels with d channels, rounded to the code's steps. */
export function patchImages(data: PatchData, { step, zero }: PatchCode): ImageData {
  const images = Uint8Array.from(data.inputs(), (x) =>
    Math.min(255, Math.max(0, Math.round(zero + x / step))),
  )
  const { patches: width, dimension: channels, classes } = data
  const labels = Uint8Array.from(data.labels())
  return ImageData.fromImages(
    createImageDataset({ name: 'patches', images, labels, height: 1, width, channels, classes }),
  )
}

/** The layer that gives the numbers of the patches back: a pixel of s in [0, 1] is x = step · (255 s − zero). */
export function decoding({ step, zero }: PatchCode, dimension: number): Layer {
  return normalization({
    mean: Array.from({ length: dimension }, () => zero / 255),
    deviation: Array.from({ length: dimension }, () => 1 / (255 * step)),
  })
}

/** A radius in the numbers of the patches as one of images in [0, 1]. */
export function imageRadius({ step }: PatchCode, radius: number): number {
  return radius / (255 * step)
}
