import type { Figure, FigureRow } from '../analysis/figure.js'
import { createRecord, type ExperimentRecord } from '../analysis/record.js'
import type { Measurement } from '../analysis/statistics.js'
import { PatchDistribution } from '../data/patch-distribution.js'
import type { DesignPoint } from '../sweeps/design.js'
import { withOption } from '../sweeps/option-path.js'
import { atLeast } from './conditions.js'
import { measureSeeds } from './divergence.js'
import type { Experiment, ExperimentContext } from './experiment.js'
import { pointPresets, weakerDistribution } from './reduced-presets.js'
import type { StructuredDataPreset } from './structured-data-presets.js'
import {
  logarithm,
  structuredDataSweep,
  sweepFlags,
  TRAININGS,
  type TrainedCell,
  type Training,
} from './structured-data-sweep.js'

/** What is varied one at a time, by its option in the preset. */
const VARIED = [
  { name: 'radius', option: 'radius', title: 'radius ε' },
  { name: 'learning-rate', option: 'training.learningRate', title: 'learning rate η' },
  { name: 'filters', option: 'network.filtersPerClass', title: 'filters per class m' },
  { name: 'power', option: 'network.activation.power', title: 'power q (same density ratio)' },
  { name: 'threshold', option: 'network.activation.threshold', title: 'threshold ϱ' },
  { name: 'initial-scale', option: 'network.initialScale', title: 'initial scale σ_0' },
  { name: 'noise', option: 'distribution.noise', title: 'noise σ_n' },
] as const

type Name = (typeof VARIED)[number]['name']

export interface SensitivityPreset {
  readonly base: StructuredDataPreset
  /** Ascending; the base's own value among them. */
  readonly values: Readonly<Record<Name, readonly number[]>>
}

/** How far the conclusions hold when one choice is changed at a time. */
export const sensitivity: Experiment<SensitivityPreset> = {
  id: 'sensitivity',
  title: 'How far the conclusions hold when one choice is changed',
  claim: 'Both conclusions hold over a range of every choice around the preset',
  source: 'arXiv 2410.08503, Theorems 4.3 and 4.4',
  presets: {
    smoke: {
      base: pointPresets.smoke,
      values: {
        radius: [0.6, 0.75],
        'learning-rate': [0.3],
        filters: [8],
        power: [3],
        threshold: [4],
        'initial-scale': [0.1],
        noise: [0.01],
      },
    },
    quick: {
      base: { ...pointPresets.quick, distribution: weakerDistribution },
      values: {
        radius: [0.65, 0.75, 0.85],
        'learning-rate': [0.15, 0.3, 0.6],
        filters: [4, 8, 16],
        power: [2, 3, 4],
        threshold: [3, 4, 6],
        'initial-scale': [0.05, 0.1, 0.2],
        noise: [0, 0.01, 0.03],
      },
    },
    full: {
      base: pointPresets.full,
      values: {
        radius: [0.55, 0.65, 0.75, 0.85, 0.95],
        'learning-rate': [0.1, 0.2, 0.3, 0.45, 0.6],
        filters: [2, 4, 8, 16, 32],
        power: [2, 3, 4],
        threshold: [2, 3, 4, 5, 6],
        'initial-scale': [0.03, 0.06, 0.1, 0.2, 0.3],
        noise: [0, 0.01, 0.03, 0.06, 0.1],
      },
    },
  },
  // Three seeds of ratios that spread this far decide nothing.
  defaultSeeds: { smoke: 2, quick: 5, full: 10 },

  async run(context) {
    const { preset } = context
    const variants = VARIED.flatMap((varied) =>
      preset.values[varied.name].map((value) => ({ varied, value, preset: presetAt(preset, varied, value) })),
    )
    // Every parameter's list has the base itself, which is trained once.
    const distinct = new Map(variants.map((variant) => [JSON.stringify(variant.preset), variant]))
    const points = [...distinct].map(
      ([key, { varied, value, preset: variant }]) =>
        [key, { parameters: parametersOf(preset, varied, value), preset: variant }] as const,
    )
    const cells = await structuredDataSweep(
      context,
      points.map(([, point]) => point),
    )
    const cellsOf = new Map<string, readonly TrainedCell[]>(
      points.map(([key, { parameters }]) => [key, cells.filter((cell) => cell.parameters === parameters)]),
    )
    const curves = VARIED.map((varied) => ({
      varied,
      points: variants
        .filter((variant) => variant.varied === varied)
        .map(({ value, preset }) => ({ value, cells: cellsOf.get(JSON.stringify(preset)) ?? [] })),
    }))
    return {
      records: curves.map((curve) => record(context, curve)),
      flags: sweepFlags(cells),
      figures: curves.map((curve) => figure(context, curve)),
    }
  },
}

type Varied = (typeof VARIED)[number]

/** For the table of cells, where the base is no value of any option in particular. */
function parametersOf(preset: SensitivityPreset, varied: Varied, value: number): DesignPoint {
  const isBase = JSON.stringify(presetAt(preset, varied, value)) === JSON.stringify(preset.base)
  return isBase ? { option: 'none', value: null } : { option: varied.option, value }
}

/** What became of the values of one option. */
interface Curve {
  readonly varied: Varied
  readonly points: readonly { readonly value: number; readonly cells: readonly TrainedCell[] }[]
}

function presetAt({ base }: SensitivityPreset, { option }: Varied, value: number): StructuredDataPreset {
  const varied = withOption(base, option, value) as StructuredDataPreset
  if (option !== 'network.activation.power') return varied
  // Of c = Σ β^q / Σ α^q alone another power would make another problem, so the number of patches follows it.
  const patches = base.distribution.nonRobustPatches * (densityRatio(base) / densityRatio(varied))
  return withOption(
    varied,
    'distribution.nonRobustPatches',
    Math.max(1, Math.round(patches)),
  ) as StructuredDataPreset
}

function densityRatio({ distribution, network: { activation }, radius }: StructuredDataPreset): number {
  const power = activation === undefined || activation.kind === 'relu' ? 1 : (activation.power ?? 3)
  return new PatchDistribution(distribution).regime({ power, radius }).densityRatio
}

type Read = (cell: TrainedCell) => number | null

/** Over the seeds that have such a value. */
function measured(cells: readonly TrainedCell[], training: Training, read: Read): Measurement {
  const values = cells.filter((cell) => cell.training === training).map(read)
  return measureSeeds(values.filter((value) => value !== null))
}

const lowerEnd = ({ value, ci95 }: Measurement) => ci95?.lower ?? value

function record(
  { preset, seeds }: ExperimentContext<SensitivityPreset>,
  { varied, points }: Curve,
): ExperimentRecord {
  const worst = (training: Training, read: Read) => {
    const [first, ...others] = points.map(({ cells }) => measured(cells, training, read))
    return others.reduce((a, b) => (lowerEnd(b) < lowerEnd(a) ? b : a), first as Measurement)
  }
  const values = points.map(({ value }) => value)
  const { id: experiment, source } = sensitivity
  return createRecord(
    {
      id: `${experiment}/${varied.name}`,
      experiment,
      claim: `Standard training learns non-robust features, adversarial training robust ones and robustness, over the whole range of the ${varied.title}`,
      source,
      reported: null,
      config: { ...preset.base, varied: varied.option, values },
      seeds,
    },
    [
      atLeast(
        worst('standard', (cell) => logarithm(cell.nonRobustDominance ?? 0)),
        0,
        'log10 v/u after standard training at the worst value',
      ),
      atLeast(
        worst('adversarial', (cell) => logarithm(cell.robustDominance ?? 0)),
        0,
        'log10 u/v after adversarial training at the worst value',
      ),
      atLeast(
        worst('adversarial', (cell) => cell.robustAccuracy),
        0.9,
        'robust accuracy after adversarial training at the worst value',
      ),
    ],
  )
}

const shown: readonly (readonly [string, Read])[] = [
  ['log10 u/v', (cell) => logarithm(cell.robustDominance)],
  ['clean accuracy', (cell) => cell.cleanAccuracy],
  ['robust accuracy', (cell) => cell.robustAccuracy],
]

function figure({ seeds }: ExperimentContext<SensitivityPreset>, { varied, points }: Curve): Figure {
  return {
    id: varied.name,
    title: `Sensitivity to the ${varied.title}`,
    caption: `What is learned and what it withstands when the ${varied.title} alone is changed. Means over ${seeds.length} seeds, of log10 u/v without those that diverged, with Student’s 95 % intervals.`,
    kind: 'lines',
    x: { field: 'value', title: varied.title },
    y: { field: 'mean', title: 'what is shown: log10 u/v, or a share of samples' },
    color: { field: 'training', title: 'training' },
    band: { low: 'low', high: 'high' },
    control: { field: 'shown', title: 'shown' },
    rows: shown.flatMap(([name, read]) =>
      TRAININGS.flatMap((training) =>
        points.flatMap(({ value, cells }) => {
          const measurement = measured(cells, training, read)
          return measurement.n === 0 ? [] : [figureRow(value, training, name, measurement)]
        }),
      ),
    ),
  }
}

function figureRow(value: number, training: Training, name: string, measurement: Measurement): FigureRow {
  const { value: mean, ci95 } = measurement
  return { value, training, shown: name, mean, low: ci95?.lower ?? null, high: ci95?.upper ?? null }
}
