import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { evaluateRobustness } from '../analysis/evaluate-robustness.js'
import type { Attack } from '../attacks/attack.js'
import { attackConfigSchema, attackFromConfig } from '../attacks/attack-config.js'
import { attackSuite } from '../attacks/attack-suite.js'
import { configHash } from '../data/canonical-json.js'
import type { Features } from '../data/features.js'
import { type ImageDataset, subset } from '../data/image-dataset.js'
import { loadMnist } from '../data/mnist.js'
import { PatchData } from '../data/patch-data.js'
import { PatchDistribution, patchDistributionShape } from '../data/patch-distribution.js'
import { learnedFeatures } from '../model/feature-coefficients.js'
import { PatchNetwork } from '../model/patch-network.js'
import { patchNetworkShape } from '../model/patch-network-options.js'
import { nativeAddon } from '../native/addon.js'
import { RobustFeaturesError } from '../native/errors.js'
import { fraction, nonNegativeNumber, parseOptions, positiveInteger, seed } from '../native/validation.js'
import { adversarial, type Objective, standard } from '../training/objective.js'
import { learningRateConfigSchema, scheduleFromConfig } from '../training/schedule.js'
import { MAXIMUM_ITERATIONS } from '../training/train.js'
import { environment } from './environment.js'
import type { Reporter } from './experiment.js'
import { writeJson } from './run-experiment.js'
import { makeDirectory, trainedNetwork } from './trained-network.js'

const dataSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('patchDistribution'),
    ...patchDistributionShape,
    samples: positiveInteger().meta({ description: 'training samples' }),
    testSamples: positiveInteger().default(500).meta({ description: 'test samples' }),
  }),
  z.strictObject({
    kind: z.literal('mnist'),
    directory: z.string().optional().meta({ description: 'folder with the IDX files' }),
    trainingImages: positiveInteger(60000).default(60000),
    testImages: positiveInteger(10000).default(10000),
    window: positiveInteger(28).default(28).meta({ description: 'side of a patch in pixels' }),
    stride: positiveInteger(28).optional().meta({ description: 'distance of patches; default: the window' }),
  }),
])

const { filtersPerClass, activation } = patchNetworkShape

/** A training run as a file describes it. */
export const trainingConfigSchema = z.strictObject({
  data: dataSchema,
  network: z.strictObject({
    filtersPerClass,
    activation,
    initialScale: nonNegativeNumber.default(0.01),
    precision: z.enum(['float32', 'float64']).default('float32'),
  }),
  objective: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('standard') }),
      z.strictObject({
        kind: z.literal('adversarial'),
        attacks: z.array(attackConfigSchema).min(1, { error: 'a list of at least one attack' }),
        cleanWeight: fraction.default(0),
      }),
    ])
    .default({ kind: 'standard' }),
  training: z.strictObject({
    learningRate: learningRateConfigSchema,
    iterations: positiveInteger(MAXIMUM_ITERATIONS),
    momentum: z
      .number({ error: 'a number from 0 to below 1' })
      .min(0, { error: 'a number from 0 to below 1' })
      .lt(1, { error: 'a number from 0 to below 1' })
      .default(0),
    batchSize: positiveInteger().optional(),
    recordEvery: positiveInteger().default(10),
  }),
  evaluation: z
    .strictObject({ attacks: z.array(attackConfigSchema).min(1, { error: 'a list of at least one attack' }) })
    .optional(),
  seed: seed.default(1),
})

export type TrainingConfig = z.input<typeof trainingConfigSchema>

/**
 * A configuration with its defaults, checked as far as it can be without data.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function checkedTrainingConfig(config: unknown): z.output<typeof trainingConfigSchema> {
  const parsed = parseOptions(trainingConfigSchema, config, 'config')
  const { data, seed } = parsed
  const features = data.kind === 'patchDistribution' ? distributionOf(data, seed) : undefined
  toObjective(parsed, features)
  evaluationAttacks(parsed, features)
  return parsed
}

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
  const parsed = parseOptions(trainingConfigSchema, config, 'config')
  const engine = nativeAddon().information().version
  const directory = join(options.directory, `train-${configHash({ ...parsed, engine })}`)
  const finished = await readSummary(directory)
  if (finished !== undefined) {
    reporter.note(`train: already finished in ${directory}.`)
    return { directory, summary: finished }
  }
  // What is wrong with data or attacks shows before there is a folder.
  const { train, test, features } = await loadData(parsed, { threads, signal })
  const attacks = evaluationAttacks(parsed, features)
  const objective = toObjective(parsed, features)
  await makeDirectory(directory)
  await writeJson(join(directory, 'config.json'), parsed)
  await writeJson(join(directory, 'environment.json'), environment(threads))
  const { seed, training } = parsed
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
      : await evaluateRobustness(network, test, { attacks, seed, threads, signal })
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

type ParsedConfig = z.output<typeof trainingConfigSchema>
type DistributionConfig = Extract<ParsedConfig['data'], { kind: 'patchDistribution' }>

interface LoadedData {
  readonly train: PatchData
  readonly test: PatchData
  readonly features?: Features
}

function distributionOf(
  { kind: _, samples: __, testSamples: ___, ...shape }: DistributionConfig,
  seed: number,
): PatchDistribution {
  return new PatchDistribution({ ...shape, seed })
}

async function loadData(
  { data, network: { precision }, seed }: ParsedConfig,
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
    loadMnist(directory === undefined ? { split } : { split, directory })
  const patches = (images: ImageDataset, count: number) =>
    PatchData.fromImages(subset(images, { count }), { window, stride, precision })
  return {
    train: patches(await load('train'), data.trainingImages),
    test: patches(await load('test'), data.testImages),
  }
}

function toObjective({ objective }: ParsedConfig, features: Features | undefined): Objective {
  if (objective.kind === 'standard') return standard()
  const attacks = objective.attacks.map((attack) => attackFromConfig(attack, features))
  return adversarial(attacks, { cleanWeight: objective.cleanWeight })
}

/** The configured attacks; else the suite in the objective's threat model; none for standard training. */
function evaluationAttacks(
  { objective, evaluation }: ParsedConfig,
  features: Features | undefined,
): Attack[] {
  if (evaluation !== undefined) return evaluation.attacks.map((attack) => attackFromConfig(attack, features))
  if (objective.kind === 'standard') return []
  const [first] = objective.attacks.map((attack) => attackFromConfig(attack, features))
  if (first === undefined)
    throw new RobustFeaturesError('INVALID_ARGUMENT', 'Expected `objective.attacks`, got none.')
  const { norm, radius, budget, bounds } = first
  return attackSuite(features, {
    norm,
    radius,
    budget,
    ...(bounds === undefined ? {} : { bounds: [bounds[0], bounds[1]] as [number, number] }),
  })
}
