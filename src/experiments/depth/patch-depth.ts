import { evaluateRobustness, type Robustness } from '../../analysis/evaluate-robustness.js'
import type { LearnedPoint } from '../../analysis/learned-trajectory.js'
import { mean } from '../../analysis/statistics.js'
import { imageAttackSuite } from '../../attacks/attack-suite.js'
import { pgd } from '../../attacks/gradient-ascent.js'
import { PatchDistribution, type PatchDistributionOptions } from '../../data/patch-distribution.js'
import { RobustFeaturesError } from '../../native/errors.js'
import { adversarial, standard } from '../../training/objective.js'
import type { ExperimentContext, RunFlag } from '../experiment.js'
import { measuredOnce } from '../measured-once.js'
import { dominance } from '../structured-data.js'
import type { Training } from '../structured-data-sweep.js'
import { trainedLayeredNetwork } from '../trained-network.js'
import { trainingFlags } from '../training-flags.js'
import { imageRadius, patchCode, patchImages } from './patch-images.js'
import { patchSearch } from './patch-search.js'
import { firstLayerFeatures, type PatchDepth, type PatchStackOptions, patchStack } from './patch-stack.js'

/** Patch data and the networks of one and two patch layers that are trained on it. */
export interface PatchDepthPreset {
  readonly distribution: Omit<PatchDistributionOptions, 'seed'>
  readonly network: PatchStackOptions
  readonly training: {
    readonly samples: number
    readonly iterations: number
    readonly learningRate: Readonly<Record<PatchDepth, number>>
  }
  readonly recordEvery: number
  readonly testSamples: number
  /** ε of the ℓ∞ ball, in the numbers of the patches. */
  readonly radius: number
  /** K of the PGD that is trained on. */
  readonly trainingSteps: number
  readonly suite: { readonly steps: number; readonly restarts: number }
}

/** One network on patches and what became of it. */
export interface PatchDepthResult {
  /** Largest coefficients of the first layer over training, averaged over the classes. */
  readonly trajectory: readonly LearnedPoint[]
  /** Smallest over classes of v/u and of u/v in the first layer, see `dominance`. */
  readonly nonRobustDominance: number
  readonly robustDominance: number
  readonly robustness: Pick<Robustness, 'cleanAccuracy' | 'robustAccuracy'>
  readonly robustOnlyAccuracy: number
  readonly nonRobustOnlyAccuracy: number
  /** Share of the margin that the robust patches bring, see `robustShare`. */
  readonly robustShare: number
  readonly flags: readonly RunFlag[]
}

export interface PatchDepthRun {
  readonly seed: number
  readonly depth: PatchDepth
  readonly training: Training
}

type Context = Pick<ExperimentContext<object>, 'directory' | 'threads' | 'signal' | 'note'>

/** Trains one network on the samples as images, and measures it. */
export async function patchDepthResult(
  context: Context,
  preset: PatchDepthPreset,
  { seed, depth, training }: PatchDepthRun,
  onProgress: (share: number) => void,
): Promise<PatchDepthResult> {
  const { threads, signal } = context
  const execution = { threads, signal }
  const { radius, network: options, trainingSteps, suite } = preset
  const { samples, iterations, learningRate } = preset.training
  const where = `patches/seed-${seed}/${depth}/${training}`
  const distribution = new PatchDistribution({ ...preset.distribution, seed })
  const code = patchCode(distribution, radius)
  const ball = { norm: 'linf', radius: imageRadius(code, radius) } as const
  const { network, snapshots } = await trainedLayeredNetwork(
    context,
    {
      name: where,
      network: patchStack(distribution, code, depth, options, seed),
      data: patchImages(await distribution.sample(samples, execution), code),
      objective:
        training === 'standard'
          ? standard()
          : adversarial(pgd({ ...ball, steps: trainingSteps, randomStart: true })),
      options: {
        learningRate: learningRate[depth],
        iterations,
        batchSize: samples,
        snapshots: { every: preset.recordEvery },
        seed,
      },
    },
    (share) => onProgress(0.9 * share),
  )
  const test = async (parts: 'all' | 'robust' | 'nonRobust') =>
    patchImages(await distribution.sample(preset.testSamples, { stream: 'test', parts, ...execution }), code)
  const { value: robustness } = await measuredOnce(context, `${where}/robustness`, async () =>
    evaluateRobustness(network, await test('all'), {
      attacks: [
        ...imageAttackSuite({ ...ball, ...suite }),
        ...patchSearch(distribution.classes, code, radius),
      ],
      seed,
      ...execution,
    }),
  )
  const robustOnly = await network.evaluate(await test('robust'), execution)
  const nonRobustOnly = await network.evaluate(await test('nonRobust'), execution)
  const learned = firstLayerFeatures(network, distribution)
  const nonRobustDominance = dominance(learned.nonRobust, learned.robust, options.initialScale)
  const robustDominance = dominance(learned.robust, learned.nonRobust, options.initialScale)
  onProgress(1)
  return {
    trajectory: snapshots.map((snapshot) => {
      const { robust, nonRobust } = firstLayerFeatures(snapshot.network, distribution)
      return { iteration: snapshot.iteration, robust: mean(robust), nonRobust: mean(nonRobust) }
    }),
    nonRobustDominance,
    robustDominance,
    robustness,
    robustOnlyAccuracy: robustOnly.accuracy,
    nonRobustOnlyAccuracy: nonRobustOnly.accuracy,
    robustShare: robustShare(robustOnly.margin, nonRobustOnly.margin),
    flags: [
      ...robustness.flags.map(({ name, message }) => ({ where, name, message })),
      ...trainingFlags({
        where,
        objective: training,
        robustness,
        dominance: training === 'standard' ? nonRobustDominance : robustDominance,
      }),
    ],
  }
}

/**
 * M_R / (M_R + M_NR) of the mean margins on X_R and X_NR, negative ones counted as 0; ½ where both are 0. Scores are sums
 * over patches, and a patch of zeros adds nothing, so but for the noise the margin is the sum of the two.
 *
 * @throws RobustFeaturesError `DIVERGED` when a margin is not finite
 */
export function robustShare(robustMargins: Float64Array, nonRobustMargins: Float64Array): number {
  const robust = meanGain(robustMargins)
  const all = robust + meanGain(nonRobustMargins)
  return all === 0 ? 0.5 : robust / all
}

function meanGain(margins: Float64Array): number {
  if (!margins.every(Number.isFinite)) {
    throw new RobustFeaturesError(
      'DIVERGED',
      'Expected margins to be finite, got a network whose scores are not.',
    )
  }
  return Math.max(0, mean(margins))
}
