/**
 * The typed surface of the addon of layered networks, on oneDNN. A test fails when the addon exports anything else.
 *
 * Conventions: float32 throughout; images are height × width × channels with channels last, their bytes stand for
 * byte / 255; an attack's perturbation has the shape of the images; labels are 0 … classes − 1.
 */

import type {
  NativeActivation,
  NativeAdvanceOptions,
  NativeCancellation,
  NativeExecution,
  NativeGradientAttack,
} from './contract.js'
import type { ErrorCode } from './errors.js'

/**
 * Value 0 is the image, operation i makes value i + 1 from the value `input` ≤ i. The last operation is dense and makes
 * the class scores.
 */
export type NativeOperation =
  /** (x − mean) / deviation by channel; operation 0 alone. */
  | { kind: 'normalization'; input: number; mean: number[]; deviation: number[] }
  | {
      kind: 'convolution'
      input: number
      outputs: number
      window: number
      stride: number
      padding: number
      bias: boolean
    }
  | { kind: 'dense'; input: number; outputs: number; bias: boolean }
  | { kind: 'activation'; input: number; activation: NativeActivation }
  /** Padding counts for neither. */
  | {
      kind: 'maxPooling' | 'averagePooling'
      input: number
      window: number
      stride: number
      padding: number
    }
  | { kind: 'globalAveragePooling'; input: number }
  /** Training moves the running statistics by `momentum` towards the mini-batch's. */
  | { kind: 'batchNormalization'; input: number; momentum: number; epsilon: number }
  | { kind: 'addition'; input: number; other: number }

export interface NativeArchitecture {
  height: number
  width: number
  channels: number
  operations: NativeOperation[]
}

export interface NativeLayeredNetwork {
  architecture: NativeArchitecture
  /**
   * Operation by operation: convolution outputs × inputs × window × window, then biases; dense outputs × numbers of the
   * input in channel, row, column order, then biases; batch normalisation scales γ, then shifts β.
   */
  parameters: Float32Array
  /** Batch normalisation by batch normalisation: running means, then variances. */
  statistics: Float32Array
}

/** Where an operation's numbers lie in `parameters` and `statistics`. */
export interface NativeParameterRange {
  /** Shape of the values it makes. */
  channels: number
  height: number
  width: number
  weights: number
  weightCount: number
  biases: number
  biasCount: number
  statistics: number
  statisticCount: number
}

/** Immutable images in native memory, shared by reference between operations. */
export interface NativeImageData {
  readonly samples: number
  readonly height: number
  readonly width: number
  readonly channels: number
  readonly classes: number
  /** Copy of the images [first, first + count). */
  images(first: number, count: number): Uint8Array
  labels(): Int32Array
  /** New data holding the given images, in the given order. */
  select(indices: Int32Array): NativeImageData
}

export interface NativeImageDataOptions {
  samples: number
  height: number
  width: number
  channels: number
  classes: number
  images: Uint8Array
  labels: Int32Array
}

export interface NativeLayeredForwardOptions extends NativeExecution {
  /** Also return this value of every image, 1 … operations; not one that its only reader, a batch normalisation or ReLU, takes in. */
  value?: number
}

export interface NativeLayeredForwardResult {
  /** N × classes. */
  scores: Float64Array
  /** Cross-entropy per image. */
  loss: Float64Array
  /** F_y − max_{j≠y} F_j per image; NaN where a score is not finite. */
  margin: Float64Array
  /** N × channels × height × width of the value asked for. */
  value?: Float32Array
}

export interface NativeLayeredGradientOptions extends NativeExecution {
  /** `training`: batch statistics, gradient by parameters; `evaluation`: running statistics, gradients by images. */
  behaviour: 'training' | 'evaluation'
}

export interface NativeLayeredGradientResult {
  /** Cross-entropy per image. */
  loss: Float64Array
  /** Gradient of the mean loss, in the order of the parameters (training). */
  parameterGradient?: Float32Array
  /** The running statistics after this batch (training). */
  statistics?: Float32Array
  /** Gradient of every image's own loss, N × height × width × channels (evaluation). */
  imageGradient?: Float32Array
}

/** Gradient ascent alone, its budget the whole image, without surrogate slope. */
export interface NativeLayeredAttackOptions extends NativeExecution {
  seed: number
  /** Second key of the random starts. */
  round: number
  keepPerturbations: boolean
  /** Ends an image at its first wrong classification; later attacks pass over images that fell. */
  stopWhenFooled: boolean
  /**
   * Descends on the loss of the data's labels instead, and keeps the state with the least cross-entropy (default false).
   * An image whose loss or gradient is not finite ends there: its loss is NaN, its perturbation the best before. Refused
   * together with `stopWhenFooled`, for an image outside of its class is one to go on with.
   */
  towardLabels?: boolean
}

/** Row a·N + n is attack a on image n. An attack that passed an image over leaves NaN and a zero perturbation. */
export interface NativeLayeredAttackResult {
  margin: Float64Array
  loss: Float64Array
  /** Norm of the perturbation. */
  norm: Float64Array
  vanishedGradient: Uint8Array
  /** One array per attack, N × height × width × channels, when asked for. */
  perturbations?: Float32Array[]
}

export interface NativeMatchOptions extends NativeExecution {
  /** Whose distance is made small, 1 … operations; also one that `forward` does not make by itself. */
  value: number
  /** K normalised ℓ2 steps of length `stepSize`, clipped to [0, 1]. */
  steps: number
  stepSize: number
}

export interface NativeMatchResult {
  /** N × height × width × channels in [0, 1]: of the start and all iterates the nearest. */
  images: Float32Array
  /** ‖g(x′) − g(x)‖₂ at the start and of what is returned, g the value; NaN where it was never finite. */
  initialDistance: Float64Array
  distance: Float64Array
  /** 1 where a distance or gradient was not finite, which ended the image. */
  notFinite: Uint8Array
}

export type NativeOptimizer =
  | { kind: 'sgd'; momentum: number; nesterov: boolean; weightDecay: number }
  | { kind: 'adam'; beta1: number; beta2: number; epsilon: number; weightDecay: number }

export interface NativeLayeredTrainerOptions {
  network: NativeLayeredNetwork
  data: NativeImageData
  /** Worst per image of these; empty for standard training. */
  attacks: NativeGradientAttack[]
  /** Weight of the clean loss beside the adversarial one, in [0, 1]. */
  cleanWeight: number
  /** One value per update; its length is the number of updates. */
  learningRates: Float64Array
  optimizer: NativeOptimizer
  batchSize: number
  /** Random crops of the zero-padded image, and flips; 0 and false for none. */
  padding: number
  flip: boolean
  seed: number
  recordEvery: number
  /** Continue from here: updates done, the optimiser's arrays and the sums of the next record then. */
  iteration: number
  moments?: Float32Array
  sums?: Float64Array
}

/** Means over the images trained on since the last record. */
export interface NativeLayeredTrainingRecord {
  /** Updates done. */
  iteration: number
  learningRate: number
  loss: number
  gradientNorm: number
  cleanLoss?: number
  cleanAccuracy?: number
  adversarialLoss?: number
  adversarialAccuracy?: number
}

export interface NativeLayeredTrainer {
  readonly iteration: number
  advance(options: NativeAdvanceOptions): Promise<{
    iteration: number
    records: NativeLayeredTrainingRecord[]
    status: 'running' | 'finished' | 'diverged' | 'cancelled'
  }>
  /** Copies; refused while `advance` runs. */
  parameters(): Float32Array
  statistics(): Float32Array
  moments(): Float32Array
  sums(): Float64Array
}

export interface LayeredAddon {
  /** The class of every error the addon throws; constructed with (code, message). */
  setErrorClass(errorClass: new (code: ErrorCode, message: string) => Error): void
  information(): { version: string; onednn: { version: string; instructionSet: string } }
  /** Not the other addon's. */
  Cancellation: new () => NativeCancellation
  ImageData: new (options: NativeImageDataOptions) => NativeImageData
  /** Checks an architecture; one range per operation. */
  layout(architecture: NativeArchitecture): NativeParameterRange[]
  /** `perturbation` (N × height × width × channels) is added to the images, held in [0, 1], when given. */
  forward(
    network: NativeLayeredNetwork,
    data: NativeImageData,
    perturbation: Float32Array | undefined,
    options: NativeLayeredForwardOptions,
  ): Promise<NativeLayeredForwardResult>
  gradients(
    network: NativeLayeredNetwork,
    data: NativeImageData,
    perturbation: Float32Array | undefined,
    options: NativeLayeredGradientOptions,
  ): Promise<NativeLayeredGradientResult>
  attack(
    network: NativeLayeredNetwork,
    data: NativeImageData,
    attacks: NativeGradientAttack[],
    options: NativeLayeredAttackOptions,
  ): Promise<NativeLayeredAttackResult>
  /** From `starts` (N × height × width × channels, held in [0, 1]) towards the data's images in a value of the network. */
  match(
    network: NativeLayeredNetwork,
    data: NativeImageData,
    starts: Float32Array,
    options: NativeMatchOptions,
  ): Promise<NativeMatchResult>
  Trainer: new (options: NativeLayeredTrainerOptions) => NativeLayeredTrainer
}
