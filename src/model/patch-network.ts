import { z } from 'zod'
import { PatchData } from '../data/patch-data.js'
import { nativeAddon } from '../native/addon.js'
import type {
  FloatArray,
  LossKind,
  NativeAttack,
  NativeAttackResult,
  NativeNetwork,
  Precision,
} from '../native/contract.js'
import { type ExecutionOptions, execute, executionShape } from '../native/execution.js'
import { requireInstance } from '../native/instances.js'
import { requireSize } from '../native/sizes.js'
import { requireFiniteArray } from '../native/typed-array.js'
import { parseOptions } from '../native/validation.js'
import { type Activation, toNativeActivation } from './activation.js'
import {
  type AttackRunOptions,
  type Network,
  type NetworkOutput,
  optionalPerturbation,
  withAccuracy,
} from './network.js'
import { readPatchNetwork, writePatchNetwork } from './patch-file.js'
import {
  initializeSchema,
  inputGradientSchema,
  networkSchema,
  type PatchNetworkInitialization,
  scoresSchema,
} from './patch-network-options.js'

/**
 * The two-layer patch network F_i(X) = Σ_{r<m} Σ_{p<P} σ(⟨w_{i,r}, x_p⟩), softmax cross-entropy on F
 * (arXiv 2410.08503). Immutable.
 */
export class PatchNetwork implements Network<PatchData> {
  /** k. */
  readonly classes: number
  /** m. */
  readonly filtersPerClass: number
  /** d. */
  readonly dimension: number
  /** σ. */
  readonly activation: Activation
  /** k·m × d, row-major, class by class. Its type is the precision of all computations. Do not change it. */
  readonly weights: FloatArray

  /**
   * @param fields shape, activation (default smoothed ReLU, q = 3, ϱ = 1) and weights, which are kept, not copied
   * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
   */
  constructor(fields: {
    classes: number
    filtersPerClass: number
    dimension: number
    activation?: Activation | undefined
    weights: FloatArray
  }) {
    const { classes, filtersPerClass, dimension, activation } = parseOptions(networkSchema, fields, 'network')
    const length = classes * filtersPerClass * dimension
    this.classes = classes
    this.filtersPerClass = filtersPerClass
    this.dimension = dimension
    this.activation = activation
    const types = [Float32Array, Float64Array]
    this.weights = requireFiniteArray<FloatArray>(fields.weights, 'weights', types, length)
  }

  /**
   * Weights drawn from N(0, σ_0²), stream `weights` of the seed.
   *
   * @param options shape and scale
   * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
   */
  static initialize(options: PatchNetworkInitialization): PatchNetwork {
    const { initialScale, precision, seed, ...shape } = parseOptions(
      initializeSchema,
      options,
      'network',
      'options',
    )
    const count = shape.classes * shape.filtersPerClass * shape.dimension
    requireSize('`classes` · `filtersPerClass` · `dimension`', count)
    const normals = nativeAddon().random.normal(seed, 'weights', 0, count)
    const scaled = normals.map((value) => initialScale * value)
    return new PatchNetwork({
      ...shape,
      weights: precision === 'float32' ? Float32Array.from(scaled) : scaled,
    })
  }

  /**
   * The same network with other weights.
   *
   * @param weights k·m × d, kept, not copied
   * @throws RobustFeaturesError `INVALID_ARGUMENT`
   */
  withWeights(weights: FloatArray): PatchNetwork {
    const { classes, filtersPerClass, dimension, activation } = this
    return new PatchNetwork({ classes, filtersPerClass, dimension, activation, weights })
  }

  /** The same network in `float64`, which holds every float32 weight exactly; itself where it is. */
  toDouble(): PatchNetwork {
    return this.precision === 'float64' ? this : this.withWeights(Float64Array.from(this.weights))
  }

  /** Of the weights and of all computations. */
  get precision(): Precision {
    return this.weights instanceof Float32Array ? 'float32' : 'float64'
  }

  /**
   * What the addon takes; copied there at every call.
   *
   * @internal
   */
  get native(): NativeNetwork {
    const { classes, filtersPerClass, dimension, weights } = this
    return { classes, filtersPerClass, dimension, activation: toNativeActivation(this.activation), weights }
  }

  /**
   * Scores, losses, margins and accuracy on data, optionally with an N × inputSize perturbation added to its inputs.
   *
   * @param data of its dimension and precision, of at most its classes
   * @param options `perturbation` (default: none), `threads`, `signal`
   * @throws RobustFeaturesError `INVALID_ARGUMENT` when data and network do not fit, `ABORTED`
   */
  async evaluate(
    data: PatchData,
    options: ExecutionOptions & { perturbation?: FloatArray | undefined } = {},
  ): Promise<NetworkOutput> {
    requireInstance(data, PatchData, 'data')
    const { perturbation, ...execution } = parseOptions(scoresSchema, options, 'options')
    return withAccuracy(
      await execute(execution, (native) =>
        nativeAddon().forward(this.native, data.native, optionalPerturbation(perturbation, data), native),
      ),
    )
  }

  /**
   * Runs attacks of the engine; `evaluateRobustness` is for users.
   *
   * @internal
   */
  async attack(
    data: PatchData,
    attacks: readonly NativeAttack[],
    { seed, round, keepPerturbations, ...execution }: AttackRunOptions,
  ): Promise<NativeAttackResult> {
    return execute(execution, (native) =>
      nativeAddon().attack(this.native, data.native, [...attacks], {
        ...native,
        seed,
        round,
        keepPerturbations,
      }),
    )
  }

  /**
   * Gradient of each sample's own loss with respect to its input, N × inputSize: the building block of attacks.
   *
   * @param data of its dimension and precision, of at most its classes
   * @param options `loss`: `crossEntropy` (default) or `margin` (max_{j≠y} F_j − F_y); `surrogateSlope` s ≥ 0: σ′ is
   *   replaced by max(σ′, s), default 0; `perturbation`: added to the inputs first
   * @throws RobustFeaturesError `INVALID_ARGUMENT`, `UNKNOWN_OPTION`, `ABORTED`
   */
  async inputGradient(
    data: PatchData,
    options: ExecutionOptions & {
      loss?: LossKind | undefined
      surrogateSlope?: number | undefined
      perturbation?: FloatArray | undefined
    } = {},
  ): Promise<FloatArray> {
    requireInstance(data, PatchData, 'data')
    const checked = parseOptions(inputGradientSchema, options, 'options')
    const { loss, surrogateSlope, perturbation, ...execution } = checked
    const { inputGradient } = await execute(execution, (native) =>
      nativeAddon().gradients(this.native, data.native, optionalPerturbation(perturbation, data), {
        ...native,
        loss,
        surrogateSlope,
        weights: false,
        inputs: true,
      }),
    )
    return inputGradient as FloatArray
  }

  /**
   * Gradient of the mean cross-entropy with respect to the weights, k·m × d.
   *
   * @param data of its dimension and precision, of at most its classes
   * @param options `threads`, `signal`
   * @throws RobustFeaturesError `INVALID_ARGUMENT`, `ABORTED`
   */
  async weightGradient(data: PatchData, options: ExecutionOptions = {}): Promise<FloatArray> {
    requireInstance(data, PatchData, 'data')
    const execution = parseOptions(z.strictObject(executionShape), options, 'options')
    const { weightGradient } = await execute(execution, (native) =>
      nativeAddon().gradients(this.native, data.native, undefined, {
        ...native,
        loss: 'crossEntropy',
        surrogateSlope: 0,
        weights: true,
        inputs: false,
      }),
    )
    return weightGradient as FloatArray
  }

  /**
   * Writes weights and shape, atomically: as .npz or .safetensors, as the path ends.
   *
   * @param path of the file
   * @throws RobustFeaturesError `INVALID_ARGUMENT` for another ending; `WRITE_FAILED`
   */
  async save(path: string): Promise<void> {
    const { classes, filtersPerClass, dimension, activation, weights } = this
    await writePatchNetwork(path, { classes, filtersPerClass, dimension, activation, weights })
  }

  /**
   * Reads what `save` wrote, or another program in that form (docs/interoperability.md).
   *
   * @param path of the file
   * @throws RobustFeaturesError `FILE_NOT_FOUND`, `INVALID_FILE`
   */
  static async load(path: string): Promise<PatchNetwork> {
    return new PatchNetwork(await readPatchNetwork(path))
  }
}
