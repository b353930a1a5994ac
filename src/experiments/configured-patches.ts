import { evaluateRobustness } from '../analysis/evaluate-robustness.js'
import type { Features } from '../data/features.js'
import { type ImageDataset, subset } from '../data/images/image-dataset.js'
import { loadImages } from '../data/images/load-images.js'
import { PatchData } from '../data/patch-data.js'
import { learnedFeatures } from '../model/feature-coefficients.js'
import { PatchNetwork } from '../model/patch-network.js'
import { objectiveAttacks } from '../training/objective.js'
import { scheduleFromConfig } from '../training/schedule.js'
import type { ConfigFiles } from './config-files.js'
import {
  type ConfiguredExecution,
  noteLargeRadius,
  type PreparedTraining,
  testSummary,
} from './prepared-training.js'
import { trainedNetwork } from './trained-network.js'
import {
  type CheckedTrainingConfig,
  distributionOf,
  evaluationAttacks,
  toObjective,
} from './training-config.js'

/** Loads the data of a patch network's training. */
export async function preparePatchTraining(
  parsed: CheckedTrainingConfig,
  execution: ConfiguredExecution,
): Promise<PreparedTraining> {
  const { train, test, features } = await loadData(parsed, execution)
  const attacks = evaluationAttacks(parsed, features)
  const objective = toObjective(parsed, features)
  const { seed, training, evaluation } = parsed
  const certify = evaluation?.certify ?? false
  const { classes, dimension } = train
  return async (context, onProgress) => {
    if (parsed.data.kind === 'mnist') {
      noteLargeRadius([...objectiveAttacks(objective).attacks, ...attacks], train, context.note)
    }
    const { network, history } = await trainedNetwork(
      context,
      {
        name: '',
        network: PatchNetwork.initialize({ ...parsed.network, classes, dimension, seed }),
        data: train,
        objective,
        options: {
          learningRate: scheduleFromConfig(training.learningRate),
          iterations: training.iterations,
          momentum: training.momentum,
          ...(training.batchSize === undefined ? {} : { batchSize: training.batchSize }),
          seed,
        },
        recordEvery: training.recordEvery,
        ...(features === undefined ? {} : { features }),
      },
      (share) => onProgress(share, `iteration ${Math.round(share * training.iterations)}`),
    )
    const last = history.at(-1)
    const robustness =
      attacks.length === 0
        ? undefined
        : await evaluateRobustness(network, test, { attacks, seed, certify, ...execution })
    const clean = await network.evaluate(test, execution)
    return {
      trainingLoss: last?.loss,
      trainingAccuracy: last?.cleanAccuracy,
      ...testSummary(test.samples, clean.accuracy, robustness),
      ...(last?.coefficients === undefined
        ? {}
        : { learnedFeatures: learnedFeatures(last.coefficients, classes) }),
    }
  }
}

/** The data of a configuration with every path from the root. */
export function placedPatches(data: DataConfig, files: ConfigFiles): DataConfig {
  if (data.kind === 'patchDistribution' || data.directory === undefined) return data
  return { ...data, directory: files.path(data.directory) }
}

/** What of the data decides a result: not the folder, for the images in it are the official ones. */
export function patchesIdentity(data: DataConfig): object {
  if (data.kind === 'patchDistribution') return data
  const { directory: _, ...rest } = data
  return rest
}

type DataConfig = CheckedTrainingConfig['data']

interface LoadedData {
  readonly train: PatchData
  readonly test: PatchData
  readonly features?: Features
}

async function loadData(
  { data, network: { precision }, seed }: CheckedTrainingConfig,
  execution: { threads: number; signal: AbortSignal },
): Promise<LoadedData> {
  if (data.kind === 'patchDistribution') {
    const { samples, testSamples } = data
    const distribution = distributionOf(data, seed)
    const [train, test] = [
      await distribution.sample(samples, { precision, ...execution }),
      await distribution.sample(testSamples, { precision, stream: 'test', ...execution }),
    ]
    return { train, test, features: distribution }
  }
  const { directory, window, stride = window } = data
  const load = (split: 'train' | 'test') =>
    loadImages('mnist', directory === undefined ? { split } : { split, directory })
  const patches = (images: ImageDataset, count: number) =>
    PatchData.fromImages(subset(images, { count }), { window, stride, precision })
  return {
    train: patches(await load('train'), data.trainingImages),
    test: patches(await load('test'), data.testImages),
  }
}
