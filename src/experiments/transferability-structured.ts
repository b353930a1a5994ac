import { evaluateRobustness } from '../analysis/evaluate-robustness.js'
import { pgd } from '../attacks/gradient-ascent.js'
import type { PatchData } from '../data/patch-data.js'
import type { PatchDistribution } from '../data/patch-distribution.js'
import type { PatchNetwork } from '../model/patch-network.js'
import type { FloatArray } from '../native/contract.js'
import { standard } from '../training/objective.js'
import type { ExperimentContext, RunFlag } from './experiment.js'
import { featureExamples } from './feature-examples.js'
import { SURROGATE_SLOPE, strongInnerMaximiser } from './inner-maximisers.js'
import { measuredOnce } from './measured-once.js'
import { nextOf, withSource } from './source-seeds.js'
import type { StructuredDataResult } from './structured-data.js'
import { type TransferResult, type TransferTarget, transferResult } from './transferability-matrix.js'
import type { TransferabilityPreset } from './transferability-presets.js'
import { completeSeeds, runVariants } from './variants.js'

/** Of the time; the examples take the rest. */
const SHARE_OF_TRAINING = 0.9

/** Networks of one seed, by how they were trained. */
type Pair = Readonly<Record<TransferTarget, StructuredDataResult>>

type Context = ExperimentContext<TransferabilityPreset['structured']>

/** Trains both ways for every seed, and shows its networks what the networks of the next seed and the features give. */
export async function structuredTransfer(
  context: Context,
): Promise<{ results: readonly TransferResult[]; flags: readonly RunFlag[] }> {
  const { seeds, report } = context
  const { pairs, flags } = await trainedPairs({
    ...context,
    seeds: withSource(seeds),
    report: (share, activity) => report(SHARE_OF_TRAINING * share, activity),
  })
  const results: TransferResult[] = []
  for (const [position, target] of pairs.entries()) {
    const { seed } = target.standard
    const source = nextOf(pairs, position)
    if (!seeds.includes(seed) || source === undefined) continue
    report(SHARE_OF_TRAINING + ((1 - SHARE_OF_TRAINING) * position) / pairs.length, `seed ${seed}, examples`)
    const { value } = await measuredOnce(context, `seed-${seed}/transfer`, () =>
      shown(context, target, source),
    )
    results.push(value)
  }
  return { results, flags }
}

/** Both networks of every seed of which none diverged. */
async function trainedPairs(context: Context): Promise<{ pairs: Pair[]; flags: readonly RunFlag[] }> {
  const plain = { name: 'standard', objective: () => standard() }
  const hardened = {
    name: 'adversarial',
    objective: (distribution: PatchDistribution) =>
      strongInnerMaximiser.objective(distribution, context.preset.radius),
  }
  const runs = await runVariants(context, [plain, hardened])
  const results = completeSeeds(runs)
  const adversarial = results.get(hardened) ?? []
  const pairs = (results.get(plain) ?? []).flatMap((result, position) => {
    const other = adversarial[position]
    return other === undefined ? [] : [{ standard: result, adversarial: other }]
  })
  return { pairs, flags: runs.flags }
}

/** (a) and (b) follow from the features, (c) and (d) are made with the other seed's networks. */
function shown(context: Context, target: Pair, source: Pair): Promise<TransferResult> {
  const { preset, threads, signal } = context
  const { seed, distribution, test } = target.standard
  const { nonRobustFeatures, robustFeatures } = distribution
  return transferResult(
    {
      seed,
      data: test,
      radii: preset.radiusShares.map((share) => share * preset.radius),
      targets: { standard: target.standard.trained.network, adversarial: target.adversarial.trained.network },
      async examples(from, radius) {
        if (from === 'non-robust features') return featureExamples(nonRobustFeatures, test, radius)
        if (from === 'robust features') return featureExamples(robustFeatures, test, radius)
        const { trained } = from === 'standard network' ? source.standard : source.adversarial
        return ascentExamples(context, trained.network, test, radius)
      },
    },
    { threads, signal },
  )
}

/**
 * What PGD finds against a network, per sample the worse for that network of the true and a surrogate derivative: each
 * finds what the other does not see.
 */
async function ascentExamples(
  { preset: { suite }, threads, signal }: Context,
  network: PatchNetwork,
  test: PatchData,
  radius: number,
): Promise<FloatArray> {
  const attacks = [0, SURROGATE_SLOPE].map((surrogateSlope) =>
    pgd({ radius, steps: suite.steps, surrogateSlope }),
  )
  const { perturbations } = await evaluateRobustness(network, test, {
    attacks,
    keepPerturbations: true,
    threads,
    signal,
  })
  return perturbations as FloatArray
}
