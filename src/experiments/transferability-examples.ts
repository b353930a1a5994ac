import { evaluateRobustness } from '../analysis/evaluate-robustness.js'
import { pgd } from '../attacks/gradient-ascent.js'
import type { ImageData } from '../data/image-data.js'
import type { FeatureKind } from '../features/feature-options.js'
import type { LayeredNetwork } from '../model/layered-network.js'
import type { FloatArray } from '../native/contract.js'
import type { ExecutionOptions } from '../native/execution.js'
import type { TransferSource } from './transferability-matrix.js'
import type { SeedNetworks } from './transferability-networks.js'

/** The set whose network knows one kind of feature alone. */
const SETS: Partial<Record<TransferSource, FeatureKind>> = {
  'non-robust features': 'non-robust',
  'robust features': 'robust',
}

/** Perturbations that PGD finds for a network of a seed; those of an image do not depend on the others. */
export async function adversarialExamples(
  networks: SeedNetworks,
  from: TransferSource,
  data: ImageData,
  { radius, steps }: { readonly radius: number; readonly steps: number },
  { threads, signal }: ExecutionOptions,
): Promise<FloatArray> {
  const { perturbations } = await evaluateRobustness(networkOf(networks, from), data, {
    attacks: [pgd({ norm: 'linf', radius, steps })],
    keepPerturbations: true,
    threads,
    signal,
  })
  return perturbations as FloatArray
}

function networkOf({ onSets, standard, adversarial }: SeedNetworks, from: TransferSource): LayeredNetwork {
  const set = SETS[from]
  if (set !== undefined) return onSets.get(set) as LayeredNetwork
  return from === 'standard network' ? standard : adversarial
}
