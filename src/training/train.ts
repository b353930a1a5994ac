import { z } from 'zod'
import type { Features } from '../data/features.js'
import type { ImageData } from '../data/image-data.js'
import type { PatchData } from '../data/patch-data.js'
import { requireSameDimension } from '../model/feature-coefficients.js'
import type { LayeredNetwork } from '../model/layered-network.js'
import { requireData, requireNetwork } from '../model/network-kinds.js'
import { PatchNetwork } from '../model/patch-network.js'
import { RobustFeaturesError } from '../native/errors.js'
import type { ExecutionOptions } from '../native/execution.js'
import { parseOptions } from '../native/validation.js'
import { planLayeredTraining } from './layered-training.js'
import { planPatchTraining } from './patch-training.js'
import type { LayeredTrainingRecord } from './record.js'
import { learningRates } from './schedule.js'
import { SnapshotPlan } from './snapshots.js'
import {
  iterations,
  type LayeredTrainOptions,
  layeredTrainSchema,
  patchTrainSchema,
  type TrainOptions,
} from './train-options.js'
import type { TrainingPlan } from './trainer.js'
import { TrainingRun } from './training-run.js'
import { withTrainingStore } from './training-store.js'

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
  const parsed = parseOptions(patchTrainSchema, options, 'options')
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
  const parsed = parseOptions(layeredTrainSchema, options, 'options')
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
