/**
 * The typed surface of the C++ addon, with `contract/` for its plain values and its kernels. A test fails when the addon
 * exports anything else.
 *
 * Conventions: matrices are row-major; N samples, P patches, d = `dimension`, k = `classes`,
 * m = `filtersPerClass`, f = k·m filters ordered class by class; labels are 0 … k−1.
 * "Input" is what an attacker may change: P·d numbers for plain patches, pixels for overlapping ones.
 */

import type { NativeKernels, NativeRandom } from './contract/kernels.js'
import type {
  AttackSpace,
  Budget,
  FloatArray,
  LossKind,
  NativeActivation,
  Norm,
  Precision,
  Rule,
} from './contract/values.js'
import type { ErrorCode } from './errors.js'

export type { NativeKernels, NativeRandom } from './contract/kernels.js'
export type * from './contract/values.js'

export interface NativeNetwork {
  classes: number
  filtersPerClass: number
  dimension: number
  activation: NativeActivation
  /** f × d; its element type is the precision of the computation. */
  weights: FloatArray
}

export interface NativeGradientAttack {
  kind: 'gradientAscent'
  loss: LossKind
  rule: Rule
  norm: Norm
  budget: Budget
  radius: number
  steps: number
  /** Absolute, in input space. */
  stepSize: number
  /** Whether restart 0 starts at random; later restarts always do. */
  randomStart: boolean
  restarts: number
  surrogateSlope: number
  /** Box bounds on the perturbed input; −Infinity and Infinity for none. */
  lower: number
  upper: number
  /** `gram`: on coefficients of the filters, for l2 without bounds; `auto`: where that is cheaper. */
  space?: AttackSpace
}

export interface NativeAlignedAttack {
  kind: 'featureAligned'
  norm: Norm
  budget: Budget
  radius: number
  /** Number of splits a between the own feature and the target's, evenly spaced in angle (ℓ2) or share (ℓ∞). */
  splits: number
  /** `shared`: one split for all patches; `perPatch`: each patch takes its own worst one. */
  selection: 'shared' | 'perPatch'
  /** k × d each, orthonormal rows. */
  robustFeatures: Float64Array
  nonRobustFeatures: Float64Array
}

export type NativeAttack = NativeGradientAttack | NativeAlignedAttack

/** Cooperative cancellation: polled at every iteration and tile by the operations it is given to. */
export interface NativeCancellation {
  cancel(): void
}

/** Work runs on the operation's own threads; results do not depend on their number. */
export interface NativeExecution {
  threads: number
  cancellation?: NativeCancellation
}

/** Immutable samples in native memory, shared by reference between operations. */
export interface NativePatchData {
  readonly precision: Precision
  readonly samples: number
  readonly patches: number
  readonly dimension: number
  readonly classes: number
  /** Numbers an attacker may change per sample: P·d, or the pixel count when patches overlap. */
  readonly inputSize: number
  readonly overlapping: boolean
  /** Copy of the inputs of samples [first, first + count): count × inputSize. */
  inputs(first: number, count: number): FloatArray
  labels(): Int32Array
  /** New data holding the given samples, in the given order. */
  select(indices: Int32Array): NativePatchData
  /** The same samples in float64; itself where they are. */
  toDouble(): NativePatchData
}

export interface NativePatchDataOptions {
  samples: number
  patches: number
  dimension: number
  classes: number
  inputSize: number
  /** N × inputSize; its element type is the precision. */
  inputs: FloatArray
  labels: Int32Array
  /**
   * P·d positions into a sample's input, patch by patch. Absent: patch p is input[p·d … (p+1)·d).
   * Present: overlapping patches, attacked in the space of the input.
   */
  layout?: Int32Array
}

export interface NativeSampleOptions extends NativeExecution {
  precision: Precision
  samples: number
  classes: number
  dimension: number
  robustPatches: number
  nonRobustPatches: number
  /** Strengths are uniform on [low, high); equal ends give a constant. */
  robustStrength: { low: number; high: number }
  nonRobustStrength: { low: number; high: number }
  noise: number
  /** k × d each. */
  robustFeatures: Float64Array
  nonRobustFeatures: Float64Array
  shuffled: boolean
  /** Which features are kept; the rest of the draw is the same. */
  parts: 'all' | 'robust' | 'nonRobust'
  seed: number
  stream: string
}

export interface NativeForwardResult {
  /** N × k class scores F. */
  scores: Float64Array
  /** Cross-entropy per sample. */
  loss: Float64Array
  /** F_y − max_{j≠y} F_j per sample; NaN where a score is not finite. */
  margin: Float64Array
}

export interface NativeGradientOptions extends NativeExecution {
  loss: LossKind
  surrogateSlope: number
  weights: boolean
  inputs: boolean
}

export interface NativeGradientResult {
  /** Per sample, in the chosen loss. */
  loss: Float64Array
  /** Gradient of the mean loss over samples, f × d. */
  weightGradient?: FloatArray
  /** Gradient of each sample's own loss, N × inputSize. */
  inputGradient?: FloatArray
}

export interface NativeAttackOptions extends NativeExecution {
  seed: number
  /** Second key of the random starts, the iteration during training. */
  round: number
  /** Return the perturbations too, N × inputSize per attack. */
  keepPerturbations: boolean
}

/** Row a·N + n is attack a on sample n; every number is recomputed from the returned perturbation. */
export interface NativeAttackResult {
  /** F_y − max_{j≠y} F_j under the attack; the sample is classified correctly when it is > 0. */
  margin: Float64Array
  loss: Float64Array
  /** Largest norm over the sample's balls. */
  norm: Float64Array
  /** 1 where every gradient the attack met on the sample was exactly zero. */
  vanishedGradient: Uint8Array
  /** One array per attack, when asked for. */
  perturbations?: FloatArray[]
}

export interface NativeCertifyOptions extends NativeExecution {
  norm: Norm
  budget: Budget
  radius: number
  /** Bounds spent per sample and wrong class beyond the first round over its patches. */
  effort: number
}

export interface NativeCertifyResult {
  /** Proven lower bound of each sample's worst margin; −Infinity where nothing was proven. */
  margin: Float64Array
}

export interface NativeTrainerOptions {
  network: NativeNetwork
  data: NativePatchData
  /** Worst per sample of these; empty for standard training. */
  attacks: NativeAttack[]
  /** Weight of the clean loss beside the adversarial one, in [0, 1]. */
  cleanWeight: number
  /** One value per iteration; its length is the number of iterations. */
  learningRates: Float64Array
  momentum: number
  /** 0: full batch. */
  batchSize: number
  seed: number
  recordEvery: number
  /** r × d rows; every record holds the f × r inner products of filters and probes. */
  probes: Float64Array
  /** Continue from here: completed iterations and the velocity then. */
  iteration: number
  velocity?: FloatArray
}

export interface NativeTrainingRecord {
  iteration: number
  learningRate: number
  /** The objective on the iteration's batch. */
  loss: number
  gradientNorm: number
  /** Whole training set, unperturbed. */
  cleanLoss: number
  cleanAccuracy: number
  /** Iteration's batch as trained on; absent in standard training. */
  adversarialLoss?: number
  adversarialAccuracy?: number
  /** f × r inner products of filters and probes. */
  probeProducts: Float64Array
}

export interface NativeAdvanceOptions extends NativeExecution {
  /** Return after about this many seconds at the latest, between two iterations. */
  seconds: number
  /** Return on reaching this iteration, where another follows. */
  until?: number
}

export interface NativeAdvanceResult {
  iteration: number
  records: NativeTrainingRecord[]
  status: 'running' | 'finished' | 'diverged' | 'cancelled'
}

export interface NativeTrainer {
  readonly iteration: number
  advance(options: NativeAdvanceOptions): Promise<NativeAdvanceResult>
  /** Copies; refused while `advance` runs. */
  weights(): FloatArray
  velocity(): FloatArray
}

export interface NativeInformation {
  version: string
  compiler: string
  instructionSet: string
  blas: { version: string; kernel: string; threads: number }
}

export interface NativeAddon {
  /** The class of every error the addon throws; constructed with (code, message). */
  setErrorClass(errorClass: new (code: ErrorCode, message: string) => Error): void
  information(): NativeInformation
  Cancellation: new () => NativeCancellation
  PatchData: new (options: NativePatchDataOptions) => NativePatchData
  samplePatchData(options: NativeSampleOptions): Promise<NativePatchData>
  /** `perturbation` (N × inputSize) is added to the inputs when given. */
  forward(
    network: NativeNetwork,
    data: NativePatchData,
    perturbation: FloatArray | undefined,
    options: NativeExecution,
  ): Promise<NativeForwardResult>
  gradients(
    network: NativeNetwork,
    data: NativePatchData,
    perturbation: FloatArray | undefined,
    options: NativeGradientOptions,
  ): Promise<NativeGradientResult>
  attack(
    network: NativeNetwork,
    data: NativePatchData,
    attacks: NativeAttack[],
    options: NativeAttackOptions,
  ): Promise<NativeAttackResult>
  /** Refuses overlapping patches. */
  certify(
    network: NativeNetwork,
    data: NativePatchData,
    options: NativeCertifyOptions,
  ): Promise<NativeCertifyResult>
  Trainer: new (options: NativeTrainerOptions) => NativeTrainer
  /**
   * Takes the exclusive lock of an open file, by its descriptor; false where another descriptor has it. Closing the
   * descriptor ends it, and so does the end of the process, however it comes. A file system without locks keeps nobody
   * out; any other reason of the system is thrown.
   */
  tryLock(descriptor: number): boolean
  random: NativeRandom
  kernels: NativeKernels
}
