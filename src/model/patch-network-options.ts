import { z } from 'zod'
import type { Precision } from '../native/contract.js'
import { executionShape } from '../native/execution.js'
import { classCount, nonNegativeNumber, positiveInteger, seed } from '../native/validation.js'
import { type Activation, activationSchema } from './activation.js'

/** Options of `PatchNetwork.initialize`. */
export interface PatchNetworkInitialization {
  /** k ≥ 2, number of classes. */
  readonly classes: number
  /** d, numbers per patch. */
  readonly dimension: number
  /** m, filters per class. */
  readonly filtersPerClass: number
  /** σ; default smoothed ReLU, q = 3, ϱ = 1. */
  readonly activation?: Activation | undefined
  /** σ_0 ≥ 0, standard deviation of each weight; default 0.01. */
  readonly initialScale?: number | undefined
  /** Of the weights and of all computations; default `float32`. */
  readonly precision?: Precision | undefined
  /** Root seed; default 0. */
  readonly seed?: number | undefined
}

export const patchNetworkShape = {
  classes: classCount.meta({ description: 'k, number of classes' }),
  dimension: positiveInteger().meta({ description: 'd, numbers per patch' }),
  filtersPerClass: positiveInteger(1e6).meta({ description: 'm, filters per class' }),
  activation: activationSchema.default({ kind: 'smoothedRelu', power: 3, threshold: 1 }),
}

export const networkSchema = z.strictObject({ ...patchNetworkShape, weights: z.unknown() })
export const initializeSchema = z.strictObject({
  ...patchNetworkShape,
  initialScale: nonNegativeNumber
    .default(0.01)
    .meta({ description: 'σ_0, standard deviation of initial weights' }),
  precision: z.enum(['float32', 'float64']).default('float32'),
  seed: seed.default(0),
})
export const inputGradientSchema = z.strictObject({
  loss: z.enum(['crossEntropy', 'margin']).default('crossEntropy'),
  surrogateSlope: nonNegativeNumber.default(0),
  perturbation: z.unknown().optional(),
  ...executionShape,
})
export const scoresSchema = z.strictObject({ perturbation: z.unknown().optional(), ...executionShape })
