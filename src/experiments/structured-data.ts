import { evaluateRobustness, type Robustness } from '../analysis/evaluate-robustness.js'
import { silentFilters } from '../analysis/silent-filters.js'
import type { Attack } from '../attacks/attack.js'
import { attackSuite } from '../attacks/attack-suite.js'
import { pgd } from '../attacks/gradient-ascent.js'
import type { PatchData } from '../data/patch-data.js'
import { PatchDistribution } from '../data/patch-distribution.js'
import { featureCoefficients, learnedFeatures } from '../model/feature-coefficients.js'
import { PatchNetwork } from '../model/patch-network.js'
import type { Objective } from '../training/objective.js'
import { unlessDiverged } from './divergence.js'
import type { ExperimentContext, RunFlag } from './experiment.js'
import { measuredOnce } from './measured-once.js'
import { nextOf } from './source-seeds.js'
import type { StructuredDataPreset } from './structured-data-presets.js'
import { type TrainedNetwork, trainedNetwork } from './trained-network.js'
import { trainingFlags } from './training-flags.js'

/** One network trained on structured data and what became of it. */
export interface StructuredDataResult {
  readonly seed: number
  /** Its folder within the run folder. */
  readonly where: string
  readonly distribution: PatchDistribution
  readonly test: PatchData
  readonly trained: TrainedNetwork
  readonly robustness: Robustness
  /** Accuracy on X_R and X_NR, the test samples with one kind of feature alone. */
  readonly robustOnlyAccuracy: number
  readonly nonRobustOnlyAccuracy: number
  /** Smallest over classes of v/u and of u/v, see `dominance`. */
  readonly nonRobustDominance: number
  readonly robustDominance: number
  readonly flags: readonly RunFlag[]
}

/**
 * Trains one seed with an objective built from its distribution, in `seed-<seed>/<name>`, and measures it. The suite's
 * transfer attacks come from the network of the next seed, which the experiment trains anyway; of a lone seed there is
 * none.
 *
 * @throws RobustFeaturesError `DIVERGED` where the loss overflows, see `unlessDiverged`
 */
export async function structuredDataRun(
  context: ExperimentContext<StructuredDataPreset>,
  seed: number,
  name: string,
  objective: (distribution: PatchDistribution) => Objective,
  onProgress: (share: number) => void,
): Promise<StructuredDataResult> {
  const { preset, threads, signal, seeds } = context
  const execution = { threads, signal }
  const trainOne = (which: number, progress: (share: number) => void) =>
    trainSeed(context, which, name, objective, progress)
  const own = await trainOne(seed, (share) => onProgress(0.4 * share))
  const next = nextOf(seeds, seeds.indexOf(seed))
  const other =
    next === undefined
      ? undefined
      : await unlessDiverged(`seed-${next}/${name}`, () =>
          trainOne(next, (share) => onProgress(0.4 + 0.4 * share)),
        )
  const { where, distribution, data, goal, trained } = own
  const { classes } = distribution
  const sample = (parts: 'all' | 'robust' | 'nonRobust') =>
    distribution.sample(preset.testSamples, { stream: 'test', parts, ...execution })
  const test = await sample('all')
  const attacks = attacksAt(distribution, preset, preset.radius, other?.result?.trained.network)
  const { value: robustness, before } = await measuredOnce(context, `${where}/robustness`, () =>
    evaluateRobustness(trained.network, test, { attacks, seed, ...execution }),
  )
  if (before) context.note(`${where}: already trained and attacked.`)
  const accuracyOn = async (data: PatchData) => (await trained.network.evaluate(data, execution)).accuracy
  const learned = learnedFeatures(featureCoefficients(trained.network, distribution), classes)
  const floor = preset.network.initialScale ?? 0
  const nonRobustDominance = dominance(learned.nonRobust, learned.robust, floor)
  const robustDominance = dominance(learned.robust, learned.nonRobust, floor)
  onProgress(1)
  return {
    seed,
    where,
    distribution,
    test,
    trained,
    robustness,
    robustOnlyAccuracy: await accuracyOn(await sample('robust')),
    nonRobustOnlyAccuracy: await accuracyOn(await sample('nonRobust')),
    nonRobustDominance,
    robustDominance,
    flags: [
      ...robustness.flags.map(({ name, message }) => ({ where, name, message })),
      ...trainingFlags({
        where,
        objective: goal.kind,
        silentFilters: await silentFilters(trained.network, data, execution),
        robustness,
        dominance: goal.kind === 'standard' ? nonRobustDominance : robustDominance,
      }),
    ],
  }
}

/** Says what the suite lacks where a run has a single seed. */
export function noteLoneSeed({ seeds, note }: Pick<ExperimentContext<object>, 'seeds' | 'note'>): void {
  if (seeds.length === 1)
    note('With one seed there is no other network for transfer attacks to come from, so the suite has none.')
}

/** The training alone, which a finished folder gives without any work; with `snapshots` every so many iterations. */
export async function trainSeed(
  context: ExperimentContext<StructuredDataPreset>,
  seed: number,
  name: string,
  objective: (distribution: PatchDistribution) => Objective,
  onProgress: (share: number) => void,
  snapshots?: { readonly every: number },
) {
  const { preset, threads, signal } = context
  const distribution = new PatchDistribution({ ...preset.distribution, seed })
  const { classes, dimension } = distribution
  const where = `seed-${seed}/${name}`
  const goal = objective(distribution)
  const data = await distribution.sample(preset.training.samples, { threads, signal })
  const trained = await trainedNetwork(
    context,
    {
      name: where,
      network: PatchNetwork.initialize({ ...preset.network, classes, dimension, seed }),
      data,
      objective: goal,
      options: {
        learningRate: preset.training.learningRate,
        iterations: preset.training.iterations,
        seed,
        ...(snapshots !== undefined && { snapshots }),
      },
      recordEvery: preset.recordEvery,
      features: distribution,
    },
    onProgress,
  )
  return { where, distribution, data, goal, trained }
}

/** The attacks that decide robust accuracy at a radius, all in one threat model. */
export function attacksAt(
  distribution: PatchDistribution,
  preset: StructuredDataPreset,
  radius: number,
  transferFrom?: PatchNetwork,
): Attack[] {
  const threat = { norm: 'l2', radius, budget: 'patch' } as const
  const suite = { ...threat, ...preset.suite, ...(transferFrom === undefined ? {} : { transferFrom }) }
  return [...attackSuite(distribution, suite), pgd({ ...threat, steps: 1 })]
}

/**
 * Smallest over classes of max_r ⟨w_{i,r}, a_i⟩ / max_r ⟨w_{i,r}, b_i⟩. A denominator below the initial scale σ_0 is
 * raised to it: what is smaller has not been learned, and would make the ratio arbitrary.
 */
export function dominance(strong: readonly number[], weak: readonly number[], floor: number): number {
  return Math.min(...strong.map((value, i) => value / Math.max(weak[i] ?? 0, floor)))
}
