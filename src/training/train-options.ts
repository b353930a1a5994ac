import { z } from 'zod'
import type { Features } from '../data/features.js'
import { type ExecutionOptions, executionShape } from '../native/execution.js'
import { nonNegativeInteger, nonNegativeNumber, positiveInteger, seed } from '../native/validation.js'
import { type Objective, objectiveSchema } from './objective.js'
import { belowOne, type Optimizer, optimizerSchema, sgd } from './optimizer.js'
import type { LearningRateSchedule } from './schedule.js'

/** Every iteration has a learning rate of its own, 16 bytes, in memory. */
export const MAXIMUM_ITERATIONS = 1e8

export const iterations = nonNegativeInteger(MAXIMUM_ITERATIONS)

const commonShape = {
  objective: objectiveSchema,
  learningRate: z.union(
    [nonNegativeNumber, z.custom<LearningRateSchedule>((value) => typeof value === 'function')],
    {
      error: 'a non-negative number or a function of the iteration',
    },
  ),
  seed: seed.default(0),
  checkpoint: z
    .strictObject({ directory: z.string(), everySeconds: nonNegativeNumber.default(2) })
    .optional(),
  ...executionShape,
}

export const patchTrainSchema = z.strictObject({
  ...commonShape,
  iterations,
  momentum: belowOne.default(0),
  batchSize: positiveInteger().optional(),
  record: z
    .strictObject({ every: positiveInteger().default(1), features: z.unknown().optional() })
    .default({ every: 1 }),
  snapshots: z.strictObject({ every: positiveInteger() }).optional(),
})

export const layeredTrainSchema = z
  .strictObject({
    ...commonShape,
    iterations: iterations.optional(),
    epochs: nonNegativeInteger(1e6).optional(),
    batchSize: positiveInteger().default(128),
    optimizer: optimizerSchema.default(sgd()),
    augmentation: z
      .strictObject({ padding: nonNegativeInteger(1024).default(0), flip: z.boolean().default(false) })
      .default({ padding: 0, flip: false }),
    record: z.strictObject({ every: positiveInteger().optional() }).default({}),
    snapshots: z.strictObject({ every: positiveInteger().optional() }).optional(),
  })
  .refine((options) => (options.epochs === undefined) !== (options.iterations === undefined), {
    error: 'given where `iterations` is not, and left out where it is',
    path: ['epochs'],
  })

interface CommonTrainOptions extends ExecutionOptions {
  /** Made by `standard` or `adversarial`. */
  readonly objective: Objective
  /** η: a number, or a function of the iteration (and of their number), called once for each before training. */
  readonly learningRate: number | LearningRateSchedule
  /** Of the batch order, the attacks' random starts and the augmentation; default 0. */
  readonly seed?: number | undefined
  /**
   * Keep history and checkpoints in a folder, and go on from there when it has some of the same run: to the same bits
   * as without the interruption. No two runs may be in one folder at a time. Default: nothing is kept.
   */
  readonly checkpoint?:
    | {
        /** The folder; made where it is not there. */
        readonly directory: string
        /** A checkpoint at least this often; default 2. */
        readonly everySeconds?: number | undefined
      }
    | undefined
}

/** Options of training a patch network. */
export interface TrainOptions extends CommonTrainOptions {
  /** T, updates of the weights; at most 10⁸. Each takes 16 bytes, for its learning rate. */
  readonly iterations: number
  /** μ of v ← μ v + g, w ← w − η v; in [0, 1), default 0. */
  readonly momentum?: number | undefined
  /** Samples per update, in an order drawn per epoch; default: all (full-batch gradient descent). */
  readonly batchSize?: number | undefined
  /** Which iterations give a record, beside the last state. */
  readonly record?:
    | {
        /** Every n-th; default 1. */
        readonly every?: number | undefined
        /** Records have the coefficients of these; default: none. */
        readonly features?: Features | undefined
      }
    | undefined
  /**
   * Keep the network at iteration 0, every n-th and the last, in memory and, with `checkpoint`, as files in `snapshots/`;
   * default: none.
   */
  readonly snapshots?:
    | {
        /** Iterations from one to the next. */
        readonly every: number
      }
    | undefined
}

/** Options of training a layered network; either `epochs` or `iterations`. */
export interface LayeredTrainOptions extends CommonTrainOptions {
  /** Passes over the images, of ⌈N / batchSize⌉ updates each. */
  readonly epochs?: number | undefined
  /** T, updates of the weights; at most 10⁸. Each takes 16 bytes, for its learning rate. */
  readonly iterations?: number | undefined
  /** Images per update, in an order drawn per epoch; default 128. */
  readonly batchSize?: number | undefined
  /** Made by `sgd` or `adam`; default plain `sgd()`. */
  readonly optimizer?: Optimizer | undefined
  /** Of every image anew per epoch. */
  readonly augmentation?:
    | {
        /** Zeros around the image, of which a random part of the old size is cut out; default 0. */
        readonly padding?: number | undefined
        /** Whether half of the images are mirrored; default false. */
        readonly flip?: boolean | undefined
      }
    | undefined
  /** Which updates give a record, beside the last. */
  readonly record?:
    | {
        /** Every n-th; default: those of an epoch. */
        readonly every?: number | undefined
      }
    | undefined
  /**
   * Keep the network after 0, every n-th and all updates, in memory and, with `checkpoint`, as files in `snapshots/`;
   * default: none.
   */
  readonly snapshots?:
    | {
        /** Updates from one to the next; default: those of an epoch. */
        readonly every?: number | undefined
      }
    | undefined
}
