import { type PatchData, PatchDistribution, PatchNetwork, smoothedRelu } from 'robust-features'
import type { Case } from './cases.js'

/** The case's data and initial network, the same in every process. */
export async function problemOf({ shape }: Case): Promise<{ data: PatchData; network: PatchNetwork }> {
  const { samples, patches, dimension, classes, filtersPerClass } = shape
  const distribution = new PatchDistribution({
    classes,
    dimension,
    robustPatches: 1,
    nonRobustPatches: patches - 1,
    robustStrength: 2,
    nonRobustStrength: 0.5,
    noise: 0.05,
    features: 'random',
    seed: 1,
  })
  const network = PatchNetwork.initialize({
    classes,
    dimension,
    filtersPerClass,
    activation: smoothedRelu({ power: 3, threshold: 1 }),
    initialScale: 0.1,
    seed: 1,
  })
  return { data: await distribution.sample(samples), network }
}
