import { createRecord, type ExperimentRecord } from '../analysis/record.js'
import { featureAligned } from '../attacks/feature-aligned.js'
import { oneStep } from '../attacks/gradient-ascent.js'
import type { PatchDistribution } from '../data/patch-distribution.js'
import { adversarial, type Objective } from '../training/objective.js'
import { atLeast } from './conditions.js'
import { type Attempt, noneDiverged, overResults, resultsOf, unlessDiverged } from './divergence.js'
import type { Experiment, ExperimentContext } from './experiment.js'
import { type StructuredDataResult, structuredDataRun } from './structured-data.js'
import { type StructuredDataPreset, structuredDataPresets } from './structured-data-presets.js'

/** How the inner maximum is approached. */
interface InnerMaximiser {
  readonly name: string
  readonly description: string
  objective(distribution: PatchDistribution, radius: number): Objective
}

const SURROGATE_SLOPE = 0.05

const maximisers: readonly InnerMaximiser[] = [
  {
    name: 'one-step',
    description: 'one normalised ascent step with the true derivative, as the paper analyses',
    objective: (_, radius) => adversarial(oneStep({ radius })),
  },
  {
    name: 'surrogate-slope',
    description: `one normalised ascent step with max(σ′, ${SURROGATE_SLOPE}), which sees across the flat region`,
    objective: (_, radius) => adversarial(oneStep({ radius, surrogateSlope: SURROGATE_SLOPE })),
  },
  {
    name: 'strong-inner-maximiser',
    description: 'per sample the worse of one normalised step and the feature-aligned attack',
    objective: (distribution, radius) =>
      adversarial([oneStep({ radius }), featureAligned(distribution, { radius, selection: 'shared' })]),
  },
]

/** Theorem 4.4: adversarial training strengthens the robust features and makes the network robust. */
export const adversarialTraining: Experiment<StructuredDataPreset> = {
  id: 'adversarial-training',
  title: 'Adversarial training learns robust features',
  claim:
    'After adversarial training max_r⟨w_{i,r}, u_i⟩ ≫ max_r⟨w_{i,r}, v_i⟩; clean and robust accuracy are both high',
  source: 'arXiv 2410.08503, Theorem 4.4',
  presets: structuredDataPresets,
  defaultSeeds: { smoke: 2, quick: 3, full: 10 },

  async run(context) {
    const { preset, seeds } = context
    const attempts = new Map<InnerMaximiser, Attempt<StructuredDataResult>[]>(
      maximisers.map((maximiser) => [maximiser, []]),
    )
    const runs = seeds.flatMap((seed) => maximisers.map((maximiser) => ({ seed, maximiser })))
    for (const [position, { seed, maximiser }] of runs.entries()) {
      const attempt = await unlessDiverged(`seed-${seed}/${maximiser.name}`, () =>
        structuredDataRun(
          context,
          seed,
          maximiser.name,
          (distribution) => maximiser.objective(distribution, preset.radius),
          (share) => context.report((position + share) / runs.length, `seed ${seed}, ${maximiser.name}`),
        ),
      )
      attempts.get(maximiser)?.push(attempt)
    }
    const all = [...attempts.values()].flat()
    return {
      records: [...attempts].flatMap(([maximiser, list]) => records(context, maximiser, resultsOf(list))),
      flags: [...all, ...resultsOf(all)].flatMap(({ flags }) => flags),
      figures: [],
    }
  },
}

function records(
  { preset, seeds }: ExperimentContext<StructuredDataPreset>,
  { name, description }: InnerMaximiser,
  results: readonly StructuredDataResult[],
): ExperimentRecord[] {
  const over = (read: (result: StructuredDataResult) => number) => overResults(results, read)
  const finished = noneDiverged(seeds.length, results.length)
  const { id: experiment, claim, source } = adversarialTraining
  const config = { ...preset, innerMaximiser: description }
  const common = { experiment, source, reported: null, config, seeds }
  return [
    createRecord({ ...common, id: `${experiment}/${name}`, claim: `${claim} (${description})` }, [
      atLeast(
        over((r) => r.robustDominance),
        2,
        'u/v (v at least σ_0)',
      ),
      atLeast(
        over((r) => r.robustness.cleanAccuracy),
        0.99,
        'clean accuracy',
      ),
      atLeast(
        over((r) => r.robustness.robustAccuracy),
        0.95,
        'robust accuracy',
      ),
      ...finished,
    ]),
    createRecord(
      {
        ...common,
        id: `${experiment}/${name}/robust-features-alone`,
        claim: 'The network is accurate on inputs that carry robust features alone',
      },
      [
        atLeast(
          over((r) => r.robustOnlyAccuracy),
          0.99,
          'accuracy on X_R',
        ),
        ...finished,
      ],
    ),
  ]
}
