import type { CustomAttack } from '../../attacks/attack.js'
import type { ImageData } from '../../data/image-data.js'
import type { PatchDistribution } from '../../data/patch-distribution.js'
import { imageRadius, type PatchCode } from './patch-images.js'

const KINDS = ['robust', 'non-robust', 'all'] as const

/**
 * The feature-aligned attacks in an ℓ∞ ball: every patch moves by ε sign(a_j − a_y), where a are the robust features, the
 * non-robust ones or the sum of both, and j = y + s mod k for one s each. They see what the flat part of an activation
 * hides from gradients.
 */
export function alignedImages(
  distribution: PatchDistribution,
  code: PatchCode,
  radius: number,
): CustomAttack<ImageData>[] {
  const { classes, dimension, robustFeatures, nonRobustFeatures } = distribution
  const size = imageRadius(code, radius)
  const move = (kind: (typeof KINDS)[number], from: number, to: number) =>
    Float32Array.from({ length: dimension }, (_, e) => {
      const along = (features: Float64Array) =>
        (features[to * dimension + e] ?? 0) - (features[from * dimension + e] ?? 0)
      const robust = kind === 'non-robust' ? 0 : along(robustFeatures)
      const nonRobust = kind === 'robust' ? 0 : along(nonRobustFeatures)
      return size * Math.sign(robust + nonRobust)
    })
  return KINDS.flatMap((kind) =>
    Array.from({ length: classes - 1 }, (_, index): CustomAttack<ImageData> => {
      const shift = index + 1
      return {
        name: `feature-aligned-${kind}-${shift}`,
        norm: 'linf',
        radius: size,
        budget: 'input',
        bounds: [0, 1],
        async perturb(_, data) {
          const perturbation = new Float32Array(data.samples * data.inputSize)
          for (const [n, label] of data.labels().entries()) {
            const step = move(kind, label, (label + shift) % classes)
            for (let p = 0; p < data.width; p++) perturbation.set(step, n * data.inputSize + p * dimension)
          }
          return perturbation
        },
      }
    }),
  )
}
