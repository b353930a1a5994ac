import { evaluateRobustness, type Robustness } from '../analysis/evaluate-robustness.js'
import { createRecord, type ExperimentRecord } from '../analysis/record.js'
import { measure } from '../analysis/statistics.js'
import { PatchDistribution } from '../data/patch-distribution.js'
import { strengthRange } from '../data/strength.js'
import { type Activation, activationSchema } from '../model/activation.js'
import { type AccuracyBracket, accuracyCurve, curveRadii } from './accuracy-curve.js'
import { atLeast, atMost } from './conditions.js'
import type { Experiment, ExperimentContext, RunFlag, Scale } from './experiment.js'
import { FEATURE_NETWORKS, type FeatureNetworkKind, featureNetwork } from './feature-networks.js'
import { accuracyFigure } from './figures/accuracy-figure.js'
import { seedFigure } from './figures/seed-figure.js'
import { attacksAt } from './structured-data.js'
import { type StructuredDataPreset, structuredDataPresets } from './structured-data-presets.js'

export interface FeatureExistencePreset extends StructuredDataPreset {
  /** |J_NR| of the problems, ascending, the preset's own among them; R grows in proportion. */
  readonly patchCounts: readonly number[]
}

const SOURCE = 'arXiv 2410.08503, Propositions 3.1 and 3.2'

const { smoke, quick, full } = structuredDataPresets
const withCounts = (preset: StructuredDataPreset, shares: readonly number[]): FeatureExistencePreset => ({
  ...preset,
  patchCounts: shares.map((share) => Math.round(share * preset.distribution.nonRobustPatches)),
})

const presets: Readonly<Record<Scale, FeatureExistencePreset>> = {
  smoke: withCounts(smoke, [0.5, 1]),
  quick: withCounts({ ...quick, suite: { steps: 10, restarts: 1 } }, [0.125, 0.25, 0.5, 1]),
  full: withCounts(full, [0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1, 1.5, 2]),
}

/** Propositions 3.1 and 3.2: accurate but fragile networks, and robust ones, both exist; built here, not trained. */
export const robustFeaturesExist: Experiment<FeatureExistencePreset> = {
  id: 'robust-features-exist',
  title: 'Networks built from one kind of feature',
  claim:
    'A network built from non-robust features alone is accurate and broken at ε; one built from robust features is robust',
  source: SOURCE,
  presets,
  defaultSeeds: { smoke: 2, quick: 3, full: 10 },

  async run(context) {
    const { preset, seeds } = context
    const built: BuiltResult[] = []
    const plan = seeds.flatMap((seed) => preset.patchCounts.map((patches) => ({ seed, patches })))
    for (const [position, { seed, patches }] of plan.entries()) {
      context.report(position / plan.length, `seed ${seed}, ${patches} non-robust patches`)
      built.push(...(await buildAndAttack(context, seed, patches)))
    }
    return {
      records: records({ preset, seeds }, built),
      flags: built.flatMap(({ flags }) => flags),
      figures: [curveFigure(preset, built), regimeFigure(preset, built)],
    }
  },
}

interface BuiltResult {
  readonly kind: FeatureNetworkKind
  readonly patches: number
  readonly robustness: Robustness
  readonly curve: readonly AccuracyBracket[]
  readonly flags: readonly RunFlag[]
}

async function buildAndAttack(
  context: ExperimentContext<FeatureExistencePreset>,
  seed: number,
  patches: number,
): Promise<BuiltResult[]> {
  const { preset, threads, signal } = context
  const execution = { threads, signal }
  const distribution = new PatchDistribution({ ...preset.distribution, nonRobustPatches: patches, seed })
  const test = await distribution.sample(preset.testSamples, { stream: 'test', ...execution })
  const results: BuiltResult[] = []
  for (const kind of FEATURE_NETWORKS) {
    const { filtersPerClass } = preset.network
    const network = featureNetwork(kind, distribution, { filtersPerClass, activation: activationOf(preset) })
    const attacks = attacksAt(distribution, preset, preset.radius)
    const robustness = await evaluateRobustness(network, test, { attacks, seed, ...execution })
    // Curves are of the preset's own problem; elsewhere the accuracy at ε is all that is shown.
    const curve =
      patches === preset.distribution.nonRobustPatches
        ? await accuracyCurve(context, { distribution, test, trained: { network }, robustness }, seed)
        : []
    const where = `seed-${seed}/${kind}/patches-${patches}`
    const flags = robustness.flags.map(({ name, message }) => ({ where, name, message }))
    results.push({ kind, patches, robustness, curve, flags })
  }
  return results
}

function activationOf({ network }: StructuredDataPreset): Activation {
  return activationSchema.parse(network.activation ?? { kind: 'smoothedRelu' })
}

/**
 * R = |J_NR| ε^q / (|J_R| (α − ε)^q) = c (ε/β)^q (1 − ε/α)^{−q}, α the smallest strength: what an attack gains that adds
 * ε u_j to every non-robust patch, over what it leaves of the own class. Robust features alone need R < 1.
 */
export function attackToFeatureRatio(preset: StructuredDataPreset, patches: number): number {
  const activation = activationOf(preset)
  const power = activation.kind === 'relu' ? 1 : activation.power
  const { robustPatches, robustStrength } = preset.distribution
  const left = Math.max(0, strengthRange(robustStrength).low - preset.radius)
  return (patches * preset.radius ** power) / (robustPatches * left ** power)
}

function records(
  { preset, seeds }: Pick<ExperimentContext<FeatureExistencePreset>, 'preset' | 'seeds'>,
  built: readonly BuiltResult[],
): ExperimentRecord[] {
  const id = robustFeaturesExist.id
  const own = preset.distribution.nonRobustPatches
  const admissible = preset.patchCounts.findLast((count) => attackToFeatureRatio(preset, count) < 1)
  const make = (
    name: string,
    claim: string,
    { kind, patches, robust }: { kind: FeatureNetworkKind; patches: number; robust: boolean },
  ) => {
    const results = built.filter((result) => result.kind === kind && result.patches === patches)
    const clean = measure(results.map(({ robustness }) => robustness.cleanAccuracy))
    const attacked = measure(results.map(({ robustness }) => robustness.robustAccuracy))
    return createRecord(
      {
        id: `${id}/${name}`,
        experiment: id,
        claim,
        source: SOURCE,
        reported: null,
        config: {
          ...preset,
          nonRobustPatches: patches,
          attackToFeatureRatio: attackToFeatureRatio(preset, patches),
        },
        seeds,
      },
      [
        atLeast(clean, 0.99, 'clean accuracy'),
        robust ? atLeast(attacked, 0.95, 'robust accuracy') : atMost(attacked, 0.05, 'robust accuracy'),
      ],
    )
  }
  return [
    make('non-robust-features', 'A network of non-robust features alone is accurate and broken at ε', {
      kind: 'non-robust',
      patches: own,
      robust: false,
    }),
    make('robust-features', 'A network of robust features alone is robust at ε on the preset’s data', {
      kind: 'robust',
      patches: own,
      robust: true,
    }),
    make('robust-features-where-possible', 'A network of robust features alone is robust at ε where R < 1', {
      kind: 'robust',
      patches: admissible ?? preset.patchCounts[0] ?? own,
      robust: true,
    }),
    make(
      'shielded-robust-features',
      'A network of robust features that answers to wrong classes’ non-robust ones with a minus is robust at ε',
      { kind: 'shielded-robust', patches: own, robust: true },
    ),
  ]
}

function curveFigure(preset: FeatureExistencePreset, built: readonly BuiltResult[]) {
  const own = preset.distribution.nonRobustPatches
  return accuracyFigure(
    {
      id: 'robust-accuracy',
      title: 'Robust accuracy of networks built from features',
      caption: `Attacked: worst case per sample over the attack suite; certified: proven; ${own} non-robust patches.`,
    },
    curveRadii(preset),
    FEATURE_NETWORKS.map((kind) => ({
      name: kind,
      runs: built
        .filter((result) => result.kind === kind && result.patches === own)
        .map(({ curve }) => curve),
    })),
  )
}

function regimeFigure(preset: FeatureExistencePreset, built: readonly BuiltResult[]) {
  return seedFigure(
    {
      id: 'attack-to-feature-ratio',
      title: 'Where robust features alone are robust',
      caption: `Robust accuracy at ε = ${preset.radius} against R = |J_NR| ε^q / (|J_R| (α − ε)^q), α the smallest strength; the claim needs R < 1.`,
      kind: 'lines',
      x: { field: 'ratio', title: 'R, strength of the attack over that of the feature' },
      y: { field: 'accuracy', title: 'robust accuracy', domain: [0, 1] },
      color: { field: 'network', title: 'network' },
    },
    FEATURE_NETWORKS.flatMap((kind) =>
      preset.patchCounts.map((patches) => ({
        x: attackToFeatureRatio(preset, patches),
        series: kind,
        values: built
          .filter((result) => result.kind === kind && result.patches === patches)
          .map(({ robustness }) => robustness.robustAccuracy),
      })),
    ),
  )
}
