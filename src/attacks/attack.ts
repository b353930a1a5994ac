import type { PatchData } from '../data/patch-data.js'
import type { Samples } from '../data/samples.js'
import type { NetworkOf } from '../model/network-kinds.js'
import type { Budget, FloatArray, NativeAttack, Norm } from '../native/contract.js'
import type { ExecutionOptions } from '../native/execution.js'

/** The set an attack may choose its perturbation from. */
export interface ThreatModel {
  readonly norm: Norm
  /** ε ≥ 0, in input space. */
  readonly radius: number
  /** `patch`: every patch has a ball of its own; `input`: one ball for the whole input. */
  readonly budget: Budget
  /** Box the perturbed input stays in, such as [0, 1] for images. */
  readonly bounds?: readonly [number, number]
}

/** An attack the native engine runs: made by `pgd`, `oneStep` or `featureAligned`. */
export interface EngineAttack extends ThreatModel {
  readonly name: string
  readonly native: NativeAttack
}

/**
 * An attack written by a user. It may look at everything (`network.inputGradient` gives gradients) and returns
 * perturbations, N × inputSize in the data's precision. `evaluateRobustness` checks their norms and bounds and scores
 * the perturbed samples itself.
 */
export interface CustomAttack<Data extends Samples = PatchData> extends ThreatModel {
  readonly name: string
  perturb(network: NetworkOf<Data>, data: Data, options: ExecutionOptions): Promise<FloatArray>
}

export type Attack<Data extends Samples = PatchData> = EngineAttack | CustomAttack<Data>

export function isEngineAttack<Data extends Samples>(attack: Attack<Data>): attack is EngineAttack {
  return 'native' in attack
}
