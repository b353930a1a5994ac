import { z } from 'zod'
import type { Features } from '../data/features.js'
import { PatchData } from '../data/patch-data.js'
import { requireSameDimension } from '../model/feature-coefficients.js'
import { PatchNetwork } from '../model/patch-network.js'
import { nativeAddon } from '../native/addon.js'
import { type ExecutionOptions, executionShape } from '../native/execution.js'
import { requireInstance } from '../native/instances.js'
import { nonNegativeNumber, parseOptions, positiveInteger, seed } from '../native/validation.js'
import { type Objective, objectiveSchema } from './objective.js'
import { type LearningRateSchedule, learningRates } from './schedule.js'
import { TrainingRun } from './training-run.js'
import { openTrainingStore, type TrainingStore } from './training-store.js'

/** Every iteration has a learning rate of its own in memory. */
export const MAXIMUM_ITERATIONS = 1e8
const MOMENTUM = 'a number from 0 to below 1'
export const momentum = z.number({ error: MOMENTUM }).min(0, { error: MOMENTUM }).lt(1, { error: MOMENTUM })

const ITERATIONS = `an integer from 0 to ${MAXIMUM_ITERATIONS}`

const optionsSchema = z.strictObject({
  objective: objectiveSchema,
  learningRate: z.union(
    [nonNegativeNumber, z.custom<LearningRateSchedule>((value) => typeof value === 'function')],
    {
      error: 'a non-negative number or a function of the iteration',
    },
  ),
  iterations: z
    .int({ error: ITERATIONS })
    .min(0, { error: ITERATIONS })
    .max(MAXIMUM_ITERATIONS, { error: ITERATIONS }),
  momentum: momentum.default(0),
  batchSize: positiveInteger().optional(),
  seed: seed.default(0),
  record: z
    .strictObject({ every: positiveInteger().default(1), features: z.unknown().optional() })
    .default({ every: 1 }),
  checkpoint: z
    .strictObject({ directory: z.string(), everySeconds: nonNegativeNumber.default(2) })
    .optional(),
  ...executionShape,
})

export interface TrainOptions extends ExecutionOptions {
  readonly objective: Objective
  /** η: a number, or a function of the iteration (and of their number), called once for each before training. */
  readonly learningRate: number | LearningRateSchedule
  /** T, updates of the weights. */
  readonly iterations: number
  /** μ of v ← μ v + g, w ← w − η v; in [0, 1), default 0. */
  readonly momentum?: number
  /** Samples per update, in an order drawn per epoch; default: all (full-batch gradient descent). */
  readonly batchSize?: number
  /** Of the batch order and the attacks' random starts; default 0. */
  readonly seed?: number
  /** `every` n-th iteration gives a record (default 1), and so does the last state; with `features`, with coefficients. */
  readonly record?: { readonly every?: number; readonly features?: Features }
  /**
   * Keep history and checkpoints in this folder, one at least every `everySeconds` (default 2), and go on from there
   * when the folder has some of the same run: to the same bits as without the interruption.
   */
  readonly checkpoint?: { readonly directory: string; readonly everySeconds?: number }
}

/**
 * Starts training on native threads and returns at once; the run is an async iterable of records and has a promise
 * `finished`. The event loop is never blocked, and the result does not depend on `threads`.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`; what happens later rejects `finished`: `ABORTED`,
 *   `DIVERGED` (the loss is no longer finite), `OUT_OF_MEMORY`, `WRITE_FAILED`, `INVALID_FILE`
 */
export function train(network: PatchNetwork, data: PatchData, options: TrainOptions): TrainingRun {
  requireInstance(network, PatchNetwork, 'network')
  requireInstance(data, PatchData, 'data')
  const parsed = parseOptions(optionsSchema, options, 'options')
  const { objective, iterations, momentum, batchSize = 0, seed, threads, signal } = parsed
  const features = parsed.record.features as Features | undefined
  if (features !== undefined) requireSameDimension(network, features)
  const rates = learningRates(parsed.learningRate, iterations)
  const plan = {
    attacks: objective.kind === 'adversarial' ? objective.attacks.map(({ native }) => native) : [],
    cleanWeight: objective.kind === 'adversarial' ? objective.cleanWeight : 0,
    learningRates: rates,
    momentum,
    batchSize,
    seed,
    recordEvery: parsed.record.every,
    probes: features === undefined ? new Float64Array() : probesOf(features),
  }
  // Built once here for its checks, so that bad options throw at the call and not later.
  const fresh = new (nativeAddon().Trainer)({
    ...plan,
    network: network.native,
    data: data.native,
    iteration: 0,
  })
  const { checkpoint } = parsed
  const open = async (): Promise<TrainingStore | undefined> =>
    checkpoint === undefined ? undefined : openTrainingStore(checkpoint, { network, data, plan })
  return new TrainingRun({
    network,
    iterations,
    classes: features === undefined ? undefined : network.classes,
    open,
    start: (state) =>
      state === undefined
        ? fresh
        : new (nativeAddon().Trainer)({
            ...plan,
            network: { ...network.native, weights: state.weights },
            data: data.native,
            iteration: state.iteration,
            velocity: state.velocity,
          }),
    execution: { threads, signal },
  })
}

function probesOf({ robustFeatures, nonRobustFeatures }: Features): Float64Array {
  const probes = new Float64Array(robustFeatures.length + nonRobustFeatures.length)
  probes.set(robustFeatures)
  probes.set(nonRobustFeatures, robustFeatures.length)
  return probes
}
