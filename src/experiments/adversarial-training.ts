import { createRecord, type ExperimentRecord } from '../analysis/record.js'
import { measure } from '../analysis/statistics.js'
import { accuracyCurve, curveRadii } from './accuracy-curve.js'
import { atLeast } from './conditions.js'
import type { Experiment, ExperimentContext } from './experiment.js'
import { trainingFigures } from './figures/training-figures.js'
import { type InnerMaximiser, innerMaximisers } from './inner-maximisers.js'
import { type StructuredDataResult, structuredDataRun } from './structured-data.js'
import { type StructuredDataPreset, structuredDataPresets } from './structured-data-presets.js'

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
    const results = new Map<InnerMaximiser, MeasuredResult[]>(
      innerMaximisers.map((maximiser) => [maximiser, []]),
    )
    const runs = seeds.flatMap((seed) => innerMaximisers.map((maximiser) => ({ seed, maximiser })))
    for (const [position, { seed, maximiser }] of runs.entries()) {
      const result = await structuredDataRun(
        context,
        seed,
        maximiser.name,
        (distribution) => maximiser.objective(distribution, preset.radius),
        (share) => context.report((position + share) / runs.length, `seed ${seed}, ${maximiser.name}`),
      )
      const curve = await accuracyCurve(context, { ...result, network: result.trained.network }, seed)
      results.get(maximiser)?.push({ ...result, curve })
    }
    return {
      records: [...results].flatMap(([maximiser, list]) => records(context, maximiser, list)),
      flags: [...results.values()].flat().flatMap(({ flags }) => flags),
      figures: trainingFigures(
        [...results].map(([{ name }, list]) => ({ name, results: list })),
        { radii: curveRadii(preset), seeds, radius: preset.radius },
      ),
    }
  },
}

type MeasuredResult = StructuredDataResult & { readonly curve: readonly number[] }

function records(
  { preset, seeds }: ExperimentContext<StructuredDataPreset>,
  { name, description }: InnerMaximiser,
  results: readonly StructuredDataResult[],
): ExperimentRecord[] {
  const over = (read: (result: StructuredDataResult) => number) => measure(results.map(read))
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
      ],
    ),
  ]
}
