import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { evaluateRobustness } from '../analysis/evaluate-robustness.js'
import { makeDirectory, writeJson } from '../data/atomic-file.js'
import { configHash } from '../data/canonical-json.js'
import type { Features } from '../data/features.js'
import { type ImageDataset, subset } from '../data/images/image-dataset.js'
import { loadImages } from '../data/images/load-images.js'
import { PatchData } from '../data/patch-data.js'
import { learnedFeatures } from '../model/feature-coefficients.js'
import { PatchNetwork } from '../model/patch-network.js'
import { nativeAddon } from '../native/addon.js'
import { scheduleFromConfig } from '../training/schedule.js'
import { environment } from './environment.js'
import type { Reporter } from './experiment.js'
import { trainedNetwork } from './trained-network.js'
import {
  type CheckedTrainingConfig,
  checkedTrainingConfig,
  distributionOf,
  evaluationAttacks,
  toObjective,
} from './training-config.js'

export interface ConfiguredTraining {
  readonly directory: string
  readonly summary: Readonly<Record<string, unknown>>
}

/**
 * Trains and evaluates what a configuration describes in `<directory>/train-<config hash>`, like an experiment's
 * run folder; interrupted runs are continued, finished ones read.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION` for the configuration; `ABORTED`, `DIVERGED`, …
 */
export async function runConfiguredTraining(
  config: unknown,
  options: { directory: string; threads: number; signal: AbortSignal; reporter: Reporter },
): Promise<ConfiguredTraining> {
  const { threads, signal, reporter } = options
  const parsed = checkedTrainingConfig(config)
  const engine = nativeAddon().information().version
  const directory = join(options.directory, `train-${configHash({ ...parsed, engine })}`)
  const finished = await readSummary(directory)
  if (finished !== undefined) {
    reporter.note(`train: already finished in ${directory}.`)
    return { directory, summary: finished }
  }
  // What is wrong with the data shows before there is a folder.
  const { train, test, features } = await loadData(parsed, { threads, signal })
  const attacks = evaluationAttacks(parsed, features)
  const objective = toObjective(parsed, features)
  await makeDirectory(directory)
  await writeJson(join(directory, 'config.json'), parsed)
  await writeJson(join(directory, 'environment.json'), environment(threads))
  const { seed, training, evaluation } = parsed
  const certify = evaluation?.certify ?? false
  const { classes, dimension } = train
  const { network, history } = await trainedNetwork(
    { directory, threads, signal, note: (message) => reporter.note(`train: ${message}`) },
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
    (share) => reporter.progress('train', share, `iteration ${Math.round(share * training.iterations)}`),
  )
  const last = history.at(-1)
  const robustness =
    attacks.length === 0
      ? undefined
      : await evaluateRobustness(network, test, { attacks, seed, certify, threads, signal })
  const clean = await network.evaluate(test, { threads, signal })
  const summary = {
    trainingLoss: last?.loss,
    trainingAccuracy: last?.cleanAccuracy,
    testSamples: test.samples,
    testAccuracy: clean.accuracy,
    ...(robustness === undefined
      ? {}
      : {
          threat: robustness.threat,
          robustAccuracy: robustness.robustAccuracy,
          ...(certify === false ? {} : { certifiedAccuracy: robustness.certifiedAccuracy }),
          attacks: robustness.outcomes.map(({ name, accuracy }) => ({ name, accuracy })),
          flags: robustness.flags,
        }),
    ...(last?.coefficients === undefined
      ? {}
      : { learnedFeatures: learnedFeatures(last.coefficients, classes) }),
  }
  await writeJson(join(directory, 'summary.json'), summary) // last: its presence says that the run is complete
  return { directory, summary }
}

async function readSummary(directory: string): Promise<ConfiguredTraining['summary'] | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, 'summary.json'), 'utf8'))
  } catch {
    return undefined // not there: the run is new or was interrupted
  }
}

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
