import type { ImageCase } from './image-cases.js'

/** Inputs, outputs, window and pixels of the output's side, of a 32 × 32 image. */
const RESNET8_CONVOLUTIONS = [
  [3, 16, 3, 32],
  [16, 16, 3, 32],
  [16, 16, 3, 32],
  [16, 32, 3, 16],
  [32, 32, 3, 16],
  [16, 32, 1, 16],
  [32, 64, 3, 8],
  [64, 64, 3, 8],
  [32, 64, 1, 8],
] as const

/**
 * Floating-point operations, in 10⁹, of a step's convolutions. With c of a forward pass and c₁ of its first layer: an
 * ascent step 2 c; the update 3 c − c₁, for nobody asks for the gradient by the images there.
 */
export function imageGflop({ shape, step }: Pick<ImageCase, 'shape' | 'step'>): number {
  const convolutions = RESNET8_CONVOLUTIONS.map(
    ([inputs, outputs, window, side]) => (2 * shape.samples * inputs * outputs * (window * side) ** 2) / 1e9,
  )
  const forward = convolutions.reduce((sum, next) => sum + next, 0)
  return (step.attack?.steps ?? 0) * 2 * forward + 3 * forward - (convolutions[0] ?? 0)
}
