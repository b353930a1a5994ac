import { z } from 'zod'
import type { Features } from '../data/features.js'
import type { ImageData } from '../data/image-data.js'
import type { PatchData } from '../data/patch-data.js'
import { requireSameDimension } from '../model/feature-coefficients.js'
import type { LayeredNetwork } from '../model/layered-network.js'
import { requireData, requireNetwork } from '../model/network-kinds.js'
import { PatchNetwork } from '../model/patch-network.js'
import { RobustFeaturesError } from '../native/errors.js'
import { type ExecutionOptions, executionShape } from '../native/execution.js'
import {
  nonNegativeInteger,
  nonNegativeNumber,
  parseOptions,
  positiveInteger,
  seed,
} from '../native/validation.js'
import { planLayeredTraining } from './layered-training.js'
import { type Objective, objectiveSchema } from './objective.js'
import { belowOne, type Optimizer, optimizerSchema, sgd } from './optimizer.js'
import { planPatchTraining } from './patch-training.js'
import type { LayeredTrainingRecord } from './record.js'
import { type LearningRateSchedule, learningRates } from './schedule.js'
import { SnapshotPlan } from './snapshots.js'
import type { TrainingPlan } from './trainer.js'
import { TrainingRun } from './training-run.js'
import { withTrainingStore } from './training-store.js'

/** Every iteration has a learning rate of its own, 16 bytes, in memory. */
export const MAXIMUM_ITERATIONS = 1e8

const iterations = nonNegativeInteger(MAXIMUM_ITERATIONS)

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

const patchSchema = z.strictObject({
  ...commonShape,
  iterations,
  momentum: belowOne.default(0),
  batchSize: positiveInteger().optional(),
  record: z
    .strictObject({ every: positiveInteger().default(1), features: z.unknown().optional() })
    .default({ every: 1 }),
  snapshots: z.strictObject({ every: positiveInteger() }).optional(),
})

const layeredSchema = z
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

/**
 * Starts training on native threads and returns at once; the run is an async iterable of records and has a promise
 * `finished`. The event loop is never blocked, and the result does not depend on `threads`.
 *
 * On a layered network attacks meet the network as it is evaluated, with the running statistics of batch normalisation;
 * updates use those of the mini-batch. The images of an attack are one ball each, with pixels in [0, 1].
 *
 * @param network to begin with; it stays as it is
 * @param data what that network takes
 * @param options `objective`, `learningRate` and how long to train; all else has defaults
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`; what happens later rejects `finished`: `ABORTED`,
 *   `DIVERGED` (the loss is no longer finite), `OUT_OF_MEMORY`, `WRITE_FAILED`, `INVALID_FILE`, `RUN_FOLDER_IN_USE`
 */
export function train(network: PatchNetwork, data: PatchData, options: TrainOptions): TrainingRun
export function train(
  network: LayeredNetwork,
  data: ImageData,
  options: LayeredTrainOptions,
): TrainingRun<LayeredNetwork, LayeredTrainingRecord>
export function train(
  network: PatchNetwork | LayeredNetwork,
  data: PatchData | ImageData,
  options: TrainOptions | LayeredTrainOptions,
): TrainingRun | TrainingRun<LayeredNetwork, LayeredTrainingRecord> {
  const kind = requireNetwork(network, 'network')
  requireData(network, data)
  if (data.samples === 0)
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      'Expected `data` to have at least one sample, got none.',
    )
  return kind instanceof PatchNetwork
    ? trainPatches(kind, data as PatchData, options)
    : trainLayers(kind, data as ImageData, options)
}

function trainPatches(network: PatchNetwork, data: PatchData, options: object): TrainingRun {
  const parsed = parseOptions(patchSchema, options, 'options')
  const { objective, iterations, momentum, batchSize = 0, seed, record } = parsed
  const features = record.features as Features | undefined
  if (features !== undefined) requireSameDimension(network, features)
  const plan = planPatchTraining(network, data, {
    objective,
    learningRates: learningRates(parsed.learningRate, iterations),
    momentum,
    batchSize,
    seed,
    recordEvery: record.every,
    features,
  })
  return start(plan, parsed, parsed.snapshots?.every)
}

function trainLayers(
  network: LayeredNetwork,
  data: ImageData,
  options: object,
): TrainingRun<LayeredNetwork, LayeredTrainingRecord> {
  const parsed = parseOptions(layeredSchema, options, 'options')
  const { objective, optimizer, augmentation, seed, record } = parsed
  const batchSize = Math.max(1, Math.min(parsed.batchSize, data.samples))
  const updatesPerEpoch = Math.max(1, Math.ceil(data.samples / batchSize))
  const count = parsed.iterations ?? (parsed.epochs ?? 0) * updatesPerEpoch
  const checked = parseOptions(z.object({ iterations }), { iterations: count }, 'options')
  const plan = planLayeredTraining(network, data, {
    objective,
    learningRates: learningRates(parsed.learningRate, checked.iterations),
    optimizer,
    batchSize,
    ...augmentation,
    seed,
    recordEvery: record.every ?? updatesPerEpoch,
  })
  return start(plan, parsed, parsed.snapshots && (parsed.snapshots.every ?? updatesPerEpoch))
}

function start<Net, Rec extends { readonly iteration: number }>(
  plan: TrainingPlan<Net, Rec>,
  {
    checkpoint,
    threads,
    signal,
  }: ExecutionOptions & { checkpoint?: { directory: string; everySeconds: number } | undefined },
  snapshotEvery: number | undefined,
): TrainingRun<Net, Rec> {
  const snapshots = new SnapshotPlan(snapshotEvery, plan.iterations)
  return new TrainingRun(plan, {
    withStore: (work) =>
      checkpoint === undefined
        ? work(undefined)
        : withTrainingStore(checkpoint, plan.storage, snapshots, work),
    snapshots,
    execution: { threads, signal },
  })
}
