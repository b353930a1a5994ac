import { createRecord, type ExperimentRecord } from '../analysis/record.js'
import type { PatchDistribution } from '../data/patch-distribution.js'
import { AT_RADIUS, curveRadii, withCurve } from './accuracy-curve.js'
import { atLeast } from './conditions.js'
import { noneDiverged, overResults } from './divergence.js'
import type { Experiment, ExperimentContext } from './experiment.js'
import { type TrainedGroup, trainingFigures } from './figures/training-figures.js'
import { type InnerMaximiser, innerMaximisers } from './inner-maximisers.js'
import { type StructuredDataPreset, structuredDataPresets } from './structured-data-presets.js'
import { adversarialConditions } from './theorem-conditions.js'
import { runVariants } from './variants.js'

/** Of the time, as measured at scale `quick`; the curves with their certificates take the rest. */
const SHARE_BEFORE_CURVES = 0.7

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
    const { results: trained, flags } = await runVariants(
      { ...context, report: (share, activity) => context.report(SHARE_BEFORE_CURVES * share, activity) },
      innerMaximisers.map((maximiser) => ({
        ...maximiser,
        objective: (distribution: PatchDistribution) => maximiser.objective(distribution, preset.radius),
      })),
    )
    const curvesInAll = seeds.length * innerMaximisers.length
    let measured = 0
    const groups: MaximiserGroup[] = []
    for (const [maximiser, results] of trained) {
      const curves = []
      for (const result of results) {
        const share = SHARE_BEFORE_CURVES + (1 - SHARE_BEFORE_CURVES) * (measured++ / curvesInAll)
        context.report(share, `seed ${result.seed}, ${maximiser.name}, accuracy by radius`)
        curves.push(await withCurve(context, result))
      }
      groups.push({ maximiser, name: maximiser.name, results: curves })
    }
    return {
      records: groups.flatMap(({ maximiser, results }) => records(context, maximiser, results)),
      flags,
      figures: trainingFigures(groups, { radii: curveRadii(preset), seeds, radius: preset.radius }),
    }
  },
}

interface MaximiserGroup extends TrainedGroup {
  readonly maximiser: Pick<InnerMaximiser, 'name' | 'description'>
}

function records(
  { preset, seeds }: ExperimentContext<StructuredDataPreset>,
  { name, description }: Pick<InnerMaximiser, 'name' | 'description'>,
  results: TrainedGroup['results'],
): ExperimentRecord[] {
  const over = (read: (result: (typeof results)[number]) => number) => overResults(results, read)
  const finished = noneDiverged(seeds.length, results.length)
  const { id: experiment, claim, source } = adversarialTraining
  const config = { ...preset, innerMaximiser: description }
  const common = { experiment, source, reported: null, config, seeds }
  return [
    createRecord(
      { ...common, id: `${experiment}/${name}`, claim: `${claim} (${description})` },
      adversarialConditions(results, seeds.length),
    ),
    createRecord(
      {
        ...common,
        id: `${experiment}/${name}/certified`,
        claim: `For at least half of the samples it is proven that no perturbation of the ball breaks them (${description})`,
      },
      [
        atLeast(
          over(({ curve }) => curve[AT_RADIUS]?.certified ?? 0),
          0.5,
          'certified accuracy',
        ),
        ...finished,
      ],
    ),
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
