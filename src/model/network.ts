import type { Samples } from '../data/samples.js'
import type { FloatArray, NativeAttack, NativeAttackResult } from '../native/contract.js'
import type { ExecutionOptions } from '../native/execution.js'
import { requireTypedArray } from '../native/typed-array.js'

/** Class scores and losses of N samples. */
export interface NetworkOutput {
  /** N × k scores F. */
  readonly scores: Float64Array
  /** Cross-entropy per sample. */
  readonly loss: Float64Array
  /** F_y − max_{j≠y} F_j per sample; correct when > 0, so that ties count as errors. */
  readonly margin: Float64Array
  /** Share of samples with a positive margin; 0 for no samples. */
  readonly accuracy: number
}

/** How the engine's attacks run on a network. */
export interface AttackRunOptions extends ExecutionOptions {
  /** Of random starts. */
  readonly seed: number
  /** Second key of random starts. */
  readonly round: number
  /** Whether the result has them. */
  readonly keepPerturbations: boolean
  /** Ends a sample at its first wrong classification; layered networks alone know it. */
  readonly stopWhenFooled?: boolean
}

/** What attacks and evaluations ask of a network, whatever its kind. */
export interface Network<Data extends Samples> {
  /** k. */
  readonly classes: number
  /**
   * Scores, losses, margins and accuracy.
   *
   * @param data what a network of the kind takes
   * @param options `perturbation`, N × inputSize, added to the inputs (default: none)
   * @throws RobustFeaturesError `INVALID_ARGUMENT` when data and network do not fit, `ABORTED`
   */
  evaluate(
    data: Data,
    options?: ExecutionOptions & { perturbation?: FloatArray | undefined },
  ): Promise<NetworkOutput>
  /**
   * Runs attacks of the engine; row a·N + n of the result is attack a on sample n.
   *
   * @internal
   */
  attack(data: Data, attacks: readonly NativeAttack[], options: AttackRunOptions): Promise<NativeAttackResult>
}

/** Scores and losses with their accuracy. */
export function withAccuracy({ scores, loss, margin }: Omit<NetworkOutput, 'accuracy'>): NetworkOutput {
  const correct = margin.reduce((count, value) => count + (value > 0 ? 1 : 0), 0)
  return { scores, loss, margin, accuracy: margin.length === 0 ? 0 : correct / margin.length }
}

/**
 * A perturbation of all samples, in their precision.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function requirePerturbation(perturbation: unknown, data: Samples, name = 'perturbation'): FloatArray {
  const type = data.precision === 'float32' ? Float32Array : Float64Array
  return requireTypedArray<FloatArray>(perturbation, name, [type], data.samples * data.inputSize)
}

/** The same, of one that may be left out. */
export function optionalPerturbation(perturbation: unknown, data: Samples): FloatArray | undefined {
  return perturbation === undefined ? undefined : requirePerturbation(perturbation, data)
}
