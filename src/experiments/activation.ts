import type { Figure } from '../analysis/figure.js'
import { createRecord, type ExperimentRecord } from '../analysis/record.js'
import type { PatchDistribution } from '../data/patch-distribution.js'
import { type Activation, polynomial, relu, smoothedRelu } from '../model/activation.js'
import { standard } from '../training/objective.js'
import type { Experiment, ExperimentContext, Scale } from './experiment.js'
import { seedFigure } from './figures/seed-figure.js'
import { strongInnerMaximiser } from './inner-maximisers.js'
import { reducedPresets } from './reduced-presets.js'
import type { StructuredDataResult } from './structured-data.js'
import type { StructuredDataPreset } from './structured-data-presets.js'
import { TRAININGS, type Training } from './structured-data-sweep.js'
import { adversarialConditions, standardConditions } from './theorem-conditions.js'
import { runVariants, type Variant } from './variants.js'

/** An activation and the learning rate at which it trains: a steeper one needs a smaller rate. */
export interface ActivationChoice {
  readonly name: string
  readonly activation: Activation
  readonly learningRate: number
}

export interface ActivationPreset extends StructuredDataPreset {
  readonly activations: readonly ActivationChoice[]
}

const SOURCE = 'arXiv 2410.08503, assumption on the activation'

/** From η for power 3 and threshold 4: whatever is steeper near 0 learns faster, and overshoots at the same η. */
function choices(learningRate: number): ActivationChoice[] {
  const smooth = (power: number, threshold: number, slower = 1) => ({
    name: `smoothed-relu-${power}-threshold-${threshold}`,
    activation: smoothedRelu({ power, threshold }),
    learningRate: learningRate / slower,
  })
  return [
    smooth(2, 4, 6),
    smooth(3, 2),
    smooth(3, 4),
    smooth(4, 4),
    { name: 'relu', activation: relu(), learningRate: learningRate / 60 },
    { name: 'polynomial-3', activation: polynomial({ power: 3 }), learningRate: learningRate / 200 },
  ]
}

const presets: Readonly<Record<Scale, ActivationPreset>> = {
  smoke: { ...reducedPresets.smoke, activations: choices(reducedPresets.smoke.training.learningRate) },
  quick: {
    ...reducedPresets.quick,
    training: { ...reducedPresets.quick.training, iterations: 300 },
    activations: choices(reducedPresets.quick.training.learningRate),
  },
  full: { ...reducedPresets.full, activations: choices(reducedPresets.full.training.learningRate) },
}

/** Whether the two theorems need the smoothed ReLU. */
export const activation: Experiment<ActivationPreset> = {
  id: 'activation',
  title: 'Smoothed ReLU, ReLU and polynomials',
  claim: 'What standard and adversarial training learn does not hang on the activation',
  source: SOURCE,
  presets,
  defaultSeeds: { smoke: 2, quick: 3, full: 10 },

  async run(context) {
    const { preset, seeds } = context
    const { results: trained, flags } = await runVariants(
      context,
      preset.activations.flatMap((choice) => variantsOf(preset, choice)),
    )
    const results = [...trained].map(([variant, list]) => ({ ...variant, results: list }))
    return {
      records: results.map((variant) => record({ preset, seeds }, variant)),
      flags,
      figures: [
        bars(results, {
          id: 'robust-accuracy',
          title: 'Robust accuracy by activation',
          caption: `Worst case per sample over the attack suite at ε = ${preset.radius}.`,
          y: { field: 'accuracy', title: 'robust accuracy', domain: [0, 1] },
          read: ({ robustness }) => robustness.robustAccuracy,
        }),
        bars(results, {
          id: 'clean-accuracy',
          title: 'Clean accuracy by activation',
          caption: 'On test samples.',
          y: { field: 'accuracy', title: 'clean accuracy', domain: [0, 1] },
          read: ({ robustness }) => robustness.cleanAccuracy,
        }),
        bars(results, {
          id: 'dominance',
          title: 'Robust over non-robust coefficients by activation',
          caption: 'Smallest over classes of u/v; a v below σ_0 counts as σ_0.',
          y: { field: 'ratio', title: 'u/v' },
          read: ({ robustDominance }) => robustDominance,
        }),
      ],
    }
  },
}

/** As people write it: `smoothed ReLU, q = 3, ϱ = 4`. */
function titleOf({ activation }: ActivationChoice): string {
  switch (activation.kind) {
    case 'relu':
      return 'ReLU'
    case 'polynomial':
      return `polynomial, q = ${activation.power}`
    case 'smoothedRelu':
      return `smoothed ReLU, q = ${activation.power}, ϱ = ${activation.threshold}`
  }
}

interface ActivationVariant extends Variant {
  readonly choice: ActivationChoice
  readonly training: Training
}

interface MeasuredVariant extends ActivationVariant {
  readonly results: readonly StructuredDataResult[]
}

function variantsOf(preset: ActivationPreset, choice: ActivationChoice): ActivationVariant[] {
  const own = {
    ...preset,
    network: { ...preset.network, activation: choice.activation },
    training: { ...preset.training, learningRate: choice.learningRate },
  }
  const objectives = {
    standard,
    adversarial: (distribution: PatchDistribution) =>
      strongInnerMaximiser.objective(distribution, preset.radius),
  }
  return TRAININGS.map((training) => ({
    name: `${choice.name}/${training}`,
    choice,
    training,
    preset: own,
    objective: objectives[training],
  }))
}

function record(
  { preset, seeds }: Pick<ExperimentContext<ActivationPreset>, 'preset' | 'seeds'>,
  { name, choice, training, results }: MeasuredVariant,
): ExperimentRecord {
  const { activations: _, ...config } = preset
  return createRecord(
    {
      id: `${activation.id}/${name}`,
      experiment: activation.id,
      claim:
        training === 'standard'
          ? `With the activation ${titleOf(choice)}: standard training learns non-robust features and is fragile`
          : `With the activation ${titleOf(choice)}: adversarial training learns robust features and is robust`,
      source: SOURCE,
      reported: null,
      config: { ...config, activation: choice },
      seeds,
    },
    training === 'standard'
      ? standardConditions(results, seeds.length)
      : adversarialConditions(results, seeds.length),
  )
}

function bars(
  variants: readonly MeasuredVariant[],
  {
    read,
    ...text
  }: Pick<Figure, 'id' | 'title' | 'caption' | 'y'> & { read: (result: StructuredDataResult) => number },
): Figure {
  return seedFigure(
    {
      ...text,
      kind: 'bars',
      x: { field: 'activation', title: 'activation' },
      color: { field: 'training', title: 'training' },
    },
    variants.map(({ choice, training, results }) => ({
      x: titleOf(choice),
      series: training,
      values: results.map(read),
    })),
  )
}
