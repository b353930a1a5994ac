import type { FeatureCoefficients } from '../model/feature-coefficients.js'
import type { NativeTrainingRecord } from '../native/contract.js'

/**
 * The state of training before update `iteration`; the last record is of the final weights. JSON makes an object of a
 * Float64Array: put the `coefficients` through `Array.from` first.
 */
export interface TrainingRecord {
  /** Updates done. */
  readonly iteration: number
  /** η of the update to come, or of the last one. */
  readonly learningRate: number
  /** The objective on the iteration's batch. */
  readonly loss: number
  /** ℓ2 norm of the objective's gradient. */
  readonly gradientNorm: number
  /** On the whole training set, unperturbed. */
  readonly cleanLoss: number
  /** On the whole training set, unperturbed. */
  readonly cleanAccuracy: number
  /** On the iteration's batch as trained on; absent in standard training. */
  readonly adversarialLoss?: number
  /** On the iteration's batch as trained on; absent in standard training. */
  readonly adversarialAccuracy?: number
  /** With `record.features` alone. */
  readonly coefficients?: FeatureCoefficients
}

/** Layered networks: means over the images trained on since the record before, augmented and perturbed as they were. */
export interface LayeredTrainingRecord {
  /** Updates done. */
  readonly iteration: number
  /** Of the last update. */
  readonly learningRate: number
  /** The objective. */
  readonly loss: number
  /** ℓ2 norm of the objective's gradient in the last update, without weight decay. */
  readonly gradientNorm: number
  /** Unperturbed; absent where the objective has no clean part. */
  readonly cleanLoss?: number
  /** Share of images classified correctly, where `cleanLoss` is there. */
  readonly cleanAccuracy?: number
  /** Perturbed; absent in standard training. */
  readonly adversarialLoss?: number
  /** The same, perturbed; absent in standard training. */
  readonly adversarialAccuracy?: number
}

/** Splits the products with the probes (u_1 … u_k, v_1 … v_k) into the two coefficient matrices. */
export function toTrainingRecord(native: NativeTrainingRecord, classes: number | undefined): TrainingRecord {
  const { probeProducts, ...record } = native
  if (classes === undefined) return record
  const part = (offset: number) =>
    Float64Array.from({ length: probeProducts.length / 2 }, (_, index) => {
      const row = Math.floor(index / classes)
      return probeProducts[row * 2 * classes + offset + (index % classes)] ?? Number.NaN
    })
  return { ...record, coefficients: { robust: part(0), nonRobust: part(classes) } }
}

/** A record as read back from a history file, with typed arrays again. */
export function reviveTrainingRecord(record: Readonly<Record<string, unknown>>): TrainingRecord {
  const { coefficients, ...scalars } = record as unknown as TrainingRecord
  if (coefficients === undefined) return scalars
  return {
    ...scalars,
    coefficients: {
      robust: Float64Array.from(coefficients.robust),
      nonRobust: Float64Array.from(coefficients.nonRobust),
    },
  }
}
