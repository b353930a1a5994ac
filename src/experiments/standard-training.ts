import { evaluateRobustness } from '../analysis/evaluate-robustness.js'
import { createRecord, type ExperimentRecord } from '../analysis/record.js'
import { pgd } from '../attacks/gradient-ascent.js'
import type { FloatArray } from '../native/contract.js'
import { standard } from '../training/objective.js'
import { type AccuracyBracket, curveRadii, withCurve } from './accuracy-curve.js'
import { atLeast, atMost } from './conditions.js'
import { type Attempt, noneDiverged, overResults, resultsOf, unlessDiverged } from './divergence.js'
import type { Experiment, ExperimentContext } from './experiment.js'
import { trainingFigures } from './figures/training-figures.js'
import { noteLoneSeed, type StructuredDataResult, structuredDataRun } from './structured-data.js'
import { type StructuredDataPreset, structuredDataPresets } from './structured-data-presets.js'
import { standardConditions } from './theorem-conditions.js'

/** Of a seed's time, as measured at scale `quick`; its curve with the certificates takes the rest. */
const SHARE_BEFORE_CURVES = 0.15

/** Theorem 4.3: standard training learns the non-robust features, and is accurate and fragile for it. */
export const standardTraining: Experiment<StructuredDataPreset> = {
  id: 'standard-training',
  title: 'Standard training learns non-robust features',
  claim:
    'After standard training max_r⟨w_{i,r}, v_i⟩ ≫ max_r⟨w_{i,r}, u_i⟩; clean accuracy is high and robust accuracy near 0',
  source: 'arXiv 2410.08503, Theorem 4.3',
  presets: structuredDataPresets,
  defaultSeeds: { smoke: 2, quick: 3, full: 10 },

  async run(context) {
    noteLoneSeed(context)
    const attempts: Attempt<StandardResult>[] = []
    for (const [position, seed] of context.seeds.entries()) {
      const attempt = await unlessDiverged(`seed-${seed}/standard`, async () => {
        const report = (share: number, activity: string) =>
          context.report((position + share) / context.seeds.length, activity)
        const result = await structuredDataRun(context, seed, 'standard', standard, (share) =>
          report(SHARE_BEFORE_CURVES * share, `seed ${seed}`),
        )
        report(SHARE_BEFORE_CURVES, `seed ${seed}, accuracy by radius`)
        const alignment = await attackAlignment(context, result, seed)
        return { ...(await withCurve(context, result)), alignment }
      })
      attempts.push(attempt)
    }
    const results = resultsOf(attempts)
    const { preset, seeds } = context
    return {
      records: records(context, results),
      flags: [...attempts, ...results].flatMap(({ flags }) => flags),
      figures: trainingFigures([{ name: 'standard', results }], {
        radii: curveRadii(preset),
        seeds,
        radius: preset.radius,
      }),
    }
  },
}

interface StandardResult extends StructuredDataResult {
  readonly alignment: number
  readonly curve: readonly AccuracyBracket[]
}

function records(
  { preset, seeds }: ExperimentContext<StructuredDataPreset>,
  results: readonly StandardResult[],
): ExperimentRecord[] {
  const over = (read: (result: StandardResult) => number) => overResults(results, read)
  const finished = noneDiverged(seeds.length, results.length)
  const common = { experiment: 'standard-training', reported: null, config: { ...preset }, seeds }
  return [
    createRecord(
      { ...common, id: 'standard-training', claim: standardTraining.claim, source: standardTraining.source },
      standardConditions(results, seeds.length),
    ),
    createRecord(
      {
        ...common,
        id: 'standard-training/non-robust-features-alone',
        claim: 'The network is accurate on inputs that carry non-robust features alone',
        source: standardTraining.source,
      },
      [
        atLeast(
          over((r) => r.nonRobustOnlyAccuracy),
          0.99,
          'accuracy on X_NR',
        ),
        ...finished,
      ],
    ),
    createRecord(
      {
        ...common,
        id: 'standard-training/robust-features-alone',
        claim: 'The network is not accurate on inputs that carry robust features alone',
        source: standardTraining.source,
      },
      [
        atMost(
          over((r) => r.robustOnlyAccuracy),
          0.75,
          'accuracy on X_R',
        ),
        ...finished,
      ],
    ),
    createRecord(
      {
        ...common,
        id: 'standard-training/attack-direction',
        claim: 'Adversarial perturbations of non-robust patches point along −v_y',
        source: standardTraining.source,
      },
      [
        atLeast(
          over((r) => r.alignment),
          0.5,
          'cosine of perturbation and −v_y',
        ),
        ...finished,
      ],
    ),
  ]
}

/** Mean over samples and non-robust patches of ⟨δ_p, −v_y⟩/‖δ_p‖ for a PGD perturbation. */
async function attackAlignment(
  { preset, threads, signal }: ExperimentContext<StructuredDataPreset>,
  { distribution, test, trained }: StructuredDataResult,
  seed: number,
): Promise<number> {
  const { perturbations } = await evaluateRobustness(trained.network, test, {
    attacks: [pgd({ radius: preset.radius, steps: preset.suite.steps })],
    seed,
    keepPerturbations: true,
    threads,
    signal,
  })
  const { dimension, nonRobustFeatures, options } = distribution
  const labels = test.labels()
  let sum = 0
  let count = 0
  for (const [n, label] of labels.entries()) {
    const feature = nonRobustFeatures.subarray(label * dimension, (label + 1) * dimension)
    for (let p = options.robustPatches; p < test.patches; p++) {
      const first = (n * test.patches + p) * dimension
      sum -= cosine(perturbations?.subarray(first, first + dimension) ?? new Float64Array(), feature)
      count++
    }
  }
  return count === 0 ? 0 : sum / count
}

/** ⟨δ, feature⟩/‖δ‖ for a unit feature; 0 for δ = 0. */
function cosine(delta: FloatArray, feature: Float64Array): number {
  let along = 0
  let squares = 0
  for (const [e, value] of delta.entries()) {
    along += value * (feature[e] ?? 0)
    squares += value * value
  }
  return squares === 0 ? 0 : along / Math.sqrt(squares)
}
