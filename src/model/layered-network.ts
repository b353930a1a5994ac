import { z } from 'zod'
import { ImageData } from '../data/image-data.js'
import type { Tensor } from '../data/tensor-content.js'
import { nativeAddon } from '../native/addon.js'
import type { NativeAttack, NativeAttackResult, NativeGradientAttack } from '../native/contract.js'
import { RobustFeaturesError } from '../native/errors.js'
import { type ExecutionOptions, execute, executionShape } from '../native/execution.js'
import { requireInstance } from '../native/instances.js'
import { layeredAddon } from '../native/layered-addon.js'
import type { NativeLayeredNetwork } from '../native/layered-contract.js'
import { requireFiniteArray } from '../native/typed-array.js'
import { parseOptions, seed } from '../native/validation.js'
import type { ImageShape } from './layered-architecture.js'
import { layeredTensors, readLayeredNetwork, writeLayeredNetwork } from './layered-file.js'
import { initialParameters, initialStatistics } from './layered-initialization.js'
import {
  architectureShape,
  type LayeredArchitecture,
  type PlannedOperation,
  planArchitecture,
  requireVariances,
} from './layered-plan.js'
import type { Layer } from './layers.js'
import {
  type AttackRunOptions,
  type Network,
  type NetworkOutput,
  optionalPerturbation,
  withAccuracy,
} from './network.js'

const networkSchema = z.strictObject({
  ...architectureShape,
  parameters: z.unknown(),
  statistics: z.unknown().optional(),
})
const initializeSchema = z.strictObject({ ...architectureShape, seed: seed.default(0) })
const evaluateSchema = z.strictObject({ perturbation: z.unknown().optional(), ...executionShape })

/**
 * A network of layers on images, softmax cross-entropy on the scores of its last, dense layer. float32, on oneDNN.
 * Immutable.
 */
export class LayeredNetwork implements Network<ImageData> {
  /** Size of the images it takes. */
  readonly input: ImageShape
  /** In the order they are applied. */
  readonly layers: readonly Layer[]
  /** k, units of the last layer. */
  readonly classes: number
  /** All weights and biases, layer by layer; `tensors` has them by name. Do not change it. */
  readonly parameters: Float32Array
  /** Running means and variances of batch normalisation. Do not change it. */
  readonly statistics: Float32Array
  /**
   * What the addon takes; copied there at every call.
   *
   * @internal
   */
  readonly native: NativeLayeredNetwork
  /** Layer by layer, residual ones taken apart. */
  readonly operations: readonly PlannedOperation[]

  /**
   * @param fields `input`, `layers`, `parameters` (kept, not copied) and `statistics` (default: means 0, variances 1)
   * @throws RobustFeaturesError `INVALID_ARGUMENT`, naming the layer that does not fit; `UNKNOWN_OPTION`;
   *   `NATIVE_ADDON_UNAVAILABLE` where layered networks are not built
   */
  constructor(
    fields: LayeredArchitecture & { parameters: Float32Array; statistics?: Float32Array | undefined },
  ) {
    const plan = planArchitecture(fields)
    parseOptions(networkSchema, fields, 'network')
    const { parameters, statistics = initialStatistics(plan) } = fields
    this.input = plan.input
    this.layers = plan.layers
    this.operations = plan.operations
    this.classes = plan.operations.at(-1)?.range.channels ?? 0
    this.parameters = requireFiniteArray(parameters, 'parameters', [Float32Array], plan.parameterCount)
    this.statistics = requireFiniteArray(statistics, 'statistics', [Float32Array], plan.statisticCount)
    requireVariances(this.operations, this.statistics)
    this.native = { architecture: plan.native, parameters: this.parameters, statistics: this.statistics }
  }

  /**
   * He-normal weights N(0, 2 / fan-in) (He et al., arXiv 1502.01852), fan-in the numbers that a unit sums up, drawn from
   * stream `layered/weights` of the seed; biases 0; batch normalisation γ = 1, β = 0, running means 0 and variances 1.
   *
   * @param options `input`: `height`, `width`, `channels` of the images; `layers`, such as `smallCnn` makes; `seed`
   *   (default 0)
   * @throws RobustFeaturesError like the constructor's
   */
  static initialize(options: LayeredArchitecture & { seed?: number | undefined }): LayeredNetwork {
    const plan = planArchitecture(options)
    const { input, layers, seed } = parseOptions(initializeSchema, options, 'network', 'options')
    const { normal } = nativeAddon().random
    const parameters = initialParameters(plan, (item, count) => normal(seed, 'layered/weights', item, count))
    return new LayeredNetwork({ input, layers, parameters })
  }

  /**
   * The same network with other numbers.
   *
   * @param parameters as many as it has
   * @param statistics as many as it has; no negative variances
   * @throws RobustFeaturesError `INVALID_ARGUMENT`
   */
  withState(parameters: Float32Array, statistics: Float32Array): LayeredNetwork {
    return new LayeredNetwork({ input: this.input, layers: this.layers, parameters, statistics })
  }

  /**
   * Scores, losses, margins and accuracy on images, optionally with an N × height × width × channels perturbation added
   * to them and the sums held in [0, 1]. Batch normalisation uses running statistics.
   *
   * @param data images of its size and at most its classes
   * @param options `perturbation` (default: none), `threads`, `signal`
   * @throws RobustFeaturesError `INVALID_ARGUMENT` when images and network do not fit, `UNKNOWN_OPTION`, `ABORTED`
   */
  async evaluate(
    data: ImageData,
    options: ExecutionOptions & { perturbation?: Float32Array | undefined } = {},
  ): Promise<NetworkOutput> {
    const { perturbation, execution } = this.#checked(data, options)
    return withAccuracy(
      await execute(
        execution,
        (native) => layeredAddon().forward(this.native, data.native, perturbation, native),
        layeredAddon(),
      ),
    )
  }

  /**
   * Gradient of each image's own cross-entropy with respect to its numbers, N × height × width × channels: the building
   * block of attacks.
   *
   * @param data images of its size and at most its classes
   * @param options `perturbation`: added to the images first
   * @throws RobustFeaturesError `INVALID_ARGUMENT`, `UNKNOWN_OPTION`, `ABORTED`
   */
  async inputGradient(
    data: ImageData,
    options: ExecutionOptions & { perturbation?: Float32Array | undefined } = {},
  ): Promise<Float32Array> {
    const { perturbation, execution } = this.#checked(data, options)
    const { imageGradient } = await execute(
      execution,
      (native) =>
        layeredAddon().gradients(this.native, data.native, perturbation, {
          ...native,
          behaviour: 'evaluation',
        }),
      layeredAddon(),
    )
    return imageGradient as Float32Array
  }

  /**
   * Runs attacks of the engine; `evaluateRobustness` is for users.
   *
   * @internal
   */
  async attack(
    data: ImageData,
    attacks: readonly NativeAttack[],
    { stopWhenFooled = false, seed, round, keepPerturbations, ...execution }: AttackRunOptions,
  ): Promise<NativeAttackResult> {
    this.requireData(data)
    const ascents = attacks.filter(
      (attack): attack is NativeGradientAttack => attack.kind === 'gradientAscent',
    )
    return execute(
      execution,
      (native) =>
        layeredAddon().attack(this.native, data.native, ascents, {
          ...native,
          seed,
          round,
          keepPerturbations,
          stopWhenFooled,
        }),
      layeredAddon(),
    )
  }

  /**
   * Checks that images are of the network's size and classes.
   *
   * @param data to check
   * @param name what they are called in the message (`data`)
   * @throws RobustFeaturesError `INVALID_ARGUMENT`
   */
  requireData(data: ImageData, name = 'data'): void {
    requireInstance(data, ImageData, name)
    const { height, width, channels } = this.input
    const expected = `${height} × ${width} × ${channels} images of at most ${this.classes} classes`
    const found = `${data.height} × ${data.width} × ${data.channels} of ${data.classes} classes`
    const sameSize = data.height === height && data.width === width && data.channels === channels
    if (sameSize && data.classes <= this.classes) return
    throw new RobustFeaturesError('INVALID_ARGUMENT', `Expected \`${name}\` to be ${expected}, got ${found}.`)
  }

  /**
   * Its numbers by name: the place of the layer, then `weight` and `bias`, of batch normalisation also the running `mean`
   * and `variance`, such as `3.weight` or `5.body.0.weight`. Convolutions are outputs × inputs × window × window, dense
   * layers outputs × inputs. The arrays are views; do not change them.
   */
  tensors(): Map<string, Tensor<Float32Array>> {
    return layeredTensors(this, this)
  }

  /**
   * Writes `tensors` with the architecture in the metadata, atomically: as .npz or .safetensors, as the path ends.
   *
   * @param path of the file
   * @throws RobustFeaturesError `INVALID_ARGUMENT` for another ending; `WRITE_FAILED`
   */
  async save(path: string): Promise<void> {
    await writeLayeredNetwork(path, this, this.tensors())
  }

  /**
   * Reads what `save` wrote.
   *
   * @param path of the file
   * @throws RobustFeaturesError `FILE_NOT_FOUND`; `INVALID_FILE` for another or a damaged file, unknown layers, tensors of
   *   other names or shapes; `NATIVE_ADDON_UNAVAILABLE` where layered networks are not built
   */
  static async load(path: string): Promise<LayeredNetwork> {
    const fields = await readLayeredNetwork(path)
    try {
      return new LayeredNetwork(fields)
    } catch (cause) {
      const message = `Expected ${path} to hold a layered network, got numbers that are not finite, or negative variances.`
      throw new RobustFeaturesError('INVALID_FILE', message, { cause })
    }
  }

  #checked(data: ImageData, options: object) {
    this.requireData(data)
    const { perturbation, ...execution } = parseOptions(evaluateSchema, options, 'options')
    return { perturbation: optionalPerturbation(perturbation, data) as Float32Array | undefined, execution }
  }
}
