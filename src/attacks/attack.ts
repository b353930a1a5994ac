import type { PatchData } from '../data/patch-data.js'
import type { Samples } from '../data/samples.js'
import type { NetworkOf } from '../model/network-kinds.js'
import type { Budget, FloatArray, NativeAttack, Norm } from '../native/contract.js'
import type { ExecutionOptions } from '../native/execution.js'

/** The set an attack may choose its perturbation from. */
export interface ThreatModel {
  /** Of the ball: ‖δ‖₂ or max |δ_i|. */
  readonly norm: Norm
  /** ε ≥ 0, in input space. */
  readonly radius: number
  /** `patch`: every patch has a ball of its own; `input`: one ball for the whole input. */
  readonly budget: Budget
  /** Box the perturbed input stays in, such as [0, 1] for images. */
  readonly bounds?: readonly [number, number] | undefined
}

/** What attacks are told of their threat model. */
export interface ThreatModelOptions {
  /** Norm of the ball (default `l2`). */
  readonly norm?: Norm | undefined
  /** ε ≥ 0, in input space. */
  readonly radius: number
  /** `patch` (default): every patch has a ball of its own; `input`: one ball for the whole input. */
  readonly budget?: Budget | undefined
  /** Box [lower, upper] the perturbed input stays in (default: none). */
  readonly bounds?: readonly [number, number] | undefined
}

/** An attack the native engine runs: made by `pgd`, `oneStep` or `featureAligned`. */
export interface EngineAttack extends ThreatModel {
  /** Kind, threat model and what differs from the defaults, such as `pgd-10-l2-0.3-patch`. */
  readonly name: string
  /**
   * What the addon takes.
   *
   * @internal
   */
  readonly native: NativeAttack
}

/**
 * An attack written by a user. It may look at everything (`network.inputGradient` gives gradients) and returns
 * perturbations, N × inputSize in the data's precision. `evaluateRobustness` checks their norms and bounds and scores
 * the perturbed samples itself.
 */
export interface CustomAttack<Data extends Samples = PatchData> extends ThreatModel {
  /** For outcomes and records. */
  readonly name: string
  /**
   * Finds a perturbation of every sample.
   *
   * @param network that is attacked
   * @param data to perturb
   * @param options to hand on to what it calls
   * @returns N × inputSize numbers, which the inputs grow by
   */
  perturb(network: NetworkOf<Data>, data: Data, options: ExecutionOptions): Promise<FloatArray>
}

/** What `evaluateRobustness` runs: on patches unless stated otherwise. */
export type Attack<Data extends Samples = PatchData> = EngineAttack | CustomAttack<Data>

export function isEngineAttack<Data extends Samples>(attack: Attack<Data>): attack is EngineAttack {
  return 'native' in attack
}
