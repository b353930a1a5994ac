import type { Figure } from '../analysis/figure.js'
import { createRecord, type ExperimentRecord } from '../analysis/record.js'
import { pgd } from '../attacks/gradient-ascent.js'
import type { PatchDistribution } from '../data/patch-distribution.js'
import { adversarial } from '../training/objective.js'
import { atLeast, atMost } from './conditions.js'
import { measureSeeds, noneDiverged } from './divergence.js'
import type { Experiment, ExperimentContext, Scale } from './experiment.js'
import { seedFigure } from './figures/seed-figure.js'
import { strongAttacks } from './inner-maximisers.js'
import { reducedPresets } from './reduced-presets.js'
import type { StructuredDataResult } from './structured-data.js'
import type { StructuredDataPreset } from './structured-data-presets.js'
import { adversarialConditions } from './theorem-conditions.js'
import { runVariants, type Variant } from './variants.js'

export interface AttackStepsPreset extends StructuredDataPreset {
  /** K of PGD-K training, ascending. */
  readonly steps: readonly number[]
  /** K of training on the worse of PGD-K and the feature-aligned attack. */
  readonly alignedSteps: readonly number[]
  /** Training has converged once its loss is below this. */
  readonly convergedLoss: number
}

const SOURCE = 'arXiv 2410.08503, open question on multi-step attacks'

const presets: Readonly<Record<Scale, AttackStepsPreset>> = {
  smoke: { ...reducedPresets.smoke, steps: [1, 2], alignedSteps: [1], convergedLoss: 0.1 },
  quick: { ...reducedPresets.quick, steps: [1, 2, 5, 10], alignedSteps: [1, 5], convergedLoss: 0.1 },
  full: { ...reducedPresets.full, steps: [1, 2, 5, 10, 20], alignedSteps: [1, 5, 20], convergedLoss: 0.1 },
}

/** One ascent step, which the theory analyses, against several: robustness, convergence and cost. */
export const attackSteps: Experiment<AttackStepsPreset> = {
  id: 'attack-steps',
  title: 'One ascent step or many',
  claim: 'Training on attacks of more ascent steps gives more robustness, without slower convergence',
  source: SOURCE,
  presets,
  defaultSeeds: { smoke: 2, quick: 3, full: 10 },

  async run(context) {
    const { preset, seeds } = context
    const { results: trained, flags } = await runVariants(context, variantsOf(preset))
    const results = [...trained].map(([variant, list]) => ({ ...variant, results: list }))
    return {
      records: records({ preset, seeds }, results),
      flags,
      figures: [
        seedFigure(
          {
            id: 'robust-accuracy',
            title: 'Robust accuracy against the steps of the attack in training',
            caption: `Worst case per sample over the attack suite at ε = ${preset.radius}.`,
            kind: 'lines',
            x: STEPS,
            y: { field: 'accuracy', title: 'robust accuracy', domain: [0, 1] },
            color: ATTACK,
          },
          points(results, ({ robustness }) => robustness.robustAccuracy),
        ),
        convergenceFigure(preset, results),
      ],
      timedFigures: timedFigures(preset, results),
    }
  },
}

const STEPS = { field: 'steps', title: 'K, ascent steps', scale: 'log' } as const
const ATTACK = { field: 'attack', title: 'attack in training' } as const

interface StepsVariant extends Variant {
  readonly steps: number
  readonly attack: 'PGD' | 'PGD or feature-aligned'
}

interface MeasuredVariant extends StepsVariant {
  readonly results: readonly StructuredDataResult[]
}

function variantsOf({ steps, alignedSteps, radius }: AttackStepsPreset): StepsVariant[] {
  return [
    ...steps.map((count) => ({
      name: `pgd-${count}`,
      steps: count,
      attack: 'PGD' as const,
      objective: () => adversarial(pgd({ radius, steps: count })),
    })),
    ...alignedSteps.map((count) => ({
      name: `pgd-${count}-aligned`,
      steps: count,
      attack: 'PGD or feature-aligned' as const,
      objective: (distribution: PatchDistribution) =>
        adversarial(strongAttacks(distribution, pgd({ radius, steps: count }))),
    })),
  ]
}

function records(
  { preset, seeds }: Pick<ExperimentContext<AttackStepsPreset>, 'preset' | 'seeds'>,
  variants: readonly MeasuredVariant[],
): ExperimentRecord[] {
  const id = attackSteps.id
  const common = { experiment: id, source: SOURCE, reported: null, seeds }
  const plain = variants.filter(({ attack }) => attack === 'PGD')
  const one = plain[0]?.results ?? []
  const many = plain.at(-1)?.results ?? []
  const compare = (combine: (many: StructuredDataResult, one: StructuredDataResult) => number) =>
    measureSeeds(
      many.flatMap((result) => {
        const other = one.find(({ seed }) => seed === result.seed)
        return other === undefined ? [] : combine(result, other)
      }),
    )
  const finished = noneDiverged(seeds.length, Math.min(one.length, many.length))
  const converged = (result: StructuredDataResult) => convergedAt(result, preset.convergedLoss)
  return [
    ...variants.map(({ name, steps, attack, results }) =>
      createRecord(
        {
          ...common,
          id: `${id}/${name}`,
          claim: `Adversarial training with ${attack}, K = ${steps}, learns robust features and is robust`,
          config: { ...preset, attackSteps: steps, attack },
        },
        adversarialConditions(results, seeds.length),
      ),
    ),
    createRecord(
      {
        ...common,
        id: `${id}/more-steps`,
        claim: 'PGD of the most steps gives more robustness than one step',
        config: { ...preset },
      },
      [
        atLeast(
          compare((a, b) => a.robustness.robustAccuracy - b.robustness.robustAccuracy),
          0.05,
          'gain of robust accuracy from the fewest to the most steps',
        ),
        ...finished,
      ],
    ),
    createRecord(
      {
        ...common,
        id: `${id}/convergence`,
        claim: 'PGD of the most steps needs no more iterations than one step',
        config: { ...preset },
      },
      [
        atMost(
          compare((a, b) => converged(a) / Math.max(1, converged(b))),
          1.5,
          'iterations to convergence, the most steps over the fewest',
        ),
        ...finished,
      ],
    ),
  ]
}

/** The first recorded iteration whose loss is below the threshold; the last one where none is. */
function convergedAt({ trained: { history } }: StructuredDataResult, threshold: number): number {
  return (history.find(({ loss }) => loss < threshold) ?? history.at(-1))?.iteration ?? 0
}

function convergenceFigure(preset: AttackStepsPreset, variants: readonly MeasuredVariant[]): Figure {
  return seedFigure(
    {
      id: 'convergence',
      title: 'Iterations to convergence',
      caption:
        `First recorded iteration with a training loss below ${preset.convergedLoss}; ` +
        `${preset.training.iterations} where it never is.`,
      kind: 'lines',
      x: STEPS,
      y: { field: 'iterations', title: 'iterations' },
      color: ATTACK,
    },
    points(variants, (result) => convergedAt(result, preset.convergedLoss)),
  )
}

/** Seconds of an iteration; undefined where the last session trained none. */
function secondsPerIteration({ trained: { pace } }: StructuredDataResult): number | undefined {
  return pace === undefined || pace.iterations === 0 ? undefined : pace.seconds / pace.iterations
}

function timedFigures(preset: AttackStepsPreset, variants: readonly MeasuredVariant[]): Figure[] {
  const common = { kind: 'lines', x: STEPS, color: ATTACK } as const
  return [
    seedFigure(
      {
        ...common,
        id: 'seconds',
        title: 'What an iteration costs',
        caption: 'Wall time of an iteration on this machine, records and checkpoints included.',
        y: { field: 'seconds', title: 'time per iteration (s)' },
      },
      points(variants, secondsPerIteration),
    ),
    seedFigure(
      {
        ...common,
        id: 'seconds-to-convergence',
        title: 'Time to convergence',
        caption: `Iterations to a training loss below ${preset.convergedLoss} times what an iteration costs.`,
        y: { field: 'seconds', title: 'time to convergence (s)' },
      },
      points(variants, (result) => {
        const seconds = secondsPerIteration(result)
        return seconds === undefined ? undefined : seconds * convergedAt(result, preset.convergedLoss)
      }),
    ),
  ]
}

function points(
  variants: readonly MeasuredVariant[],
  read: (result: StructuredDataResult) => number | undefined,
) {
  return variants.flatMap(({ steps, attack, results }) => {
    const values = results.flatMap((result) => read(result) ?? [])
    return values.length === 0 ? [] : [{ x: steps, series: attack, values }]
  })
}
