import type { PatchData } from '../data/patch-data.js'

/**
 * Perturbations along one kind of feature, within the ℓ2 ball of every patch: δ_p = ε (a_j − a_y)/√2 with the features
 * a of that kind and the wrong class j = y + 1 mod k. No network is asked.
 *
 * @param features rows a_1 … a_k, orthonormal, k × d
 * @param radius ε
 * @returns N × P × d
 */
export function featureExamples(features: Float64Array, data: PatchData, radius: number): Float32Array {
  const { samples, patches, dimension, classes } = data
  const examples = new Float32Array(samples * patches * dimension)
  const length = radius / Math.SQRT2
  for (const [n, label] of data.labels().entries()) {
    const wrong = (label + 1) % classes
    const patch = Float32Array.from(
      { length: dimension },
      (_, e) => length * ((features[wrong * dimension + e] ?? 0) - (features[label * dimension + e] ?? 0)),
    )
    for (let p = 0; p < patches; p++) examples.set(patch, (n * patches + p) * dimension)
  }
  return examples
}
