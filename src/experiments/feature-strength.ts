import type { Figure, FigureRow } from '../analysis/figure.js'
import { createRecord, type ExperimentRecord } from '../analysis/record.js'
import { mean, measure } from '../analysis/statistics.js'
import { type DesignPoint, designPoints } from '../sweeps/design.js'
import { atLeast } from './conditions.js'
import type { Experiment, ExperimentContext } from './experiment.js'
import { pointPresets } from './reduced-presets.js'
import type { StructuredDataPreset } from './structured-data-presets.js'
import {
  logarithm,
  type PresetPoint,
  structuredDataSweep,
  sweepFlags,
  TRAININGS,
  type TrainedCell,
  type Training,
} from './structured-data-sweep.js'

/** A grid over α/β and c around a preset whose β, radius, network and training stay. */
export interface FeatureStrengthPreset {
  readonly base: StructuredDataPreset
  /** α/β. */
  readonly strengthRatios: readonly number[]
  /** c = Σ_{J_NR} β^q / Σ_{J_R} α^q; rounded to whole patches. */
  readonly densityRatios: readonly number[]
}

/** Which feature wins, over feature strength and density. */
export const featureStrength: Experiment<FeatureStrengthPreset> = {
  id: 'feature-strength',
  title: 'Which feature wins, over strength and density',
  claim: 'Standard training learns the denser features; adversarial training the robust ones',
  source: 'arXiv 2410.08503, open question on the strength of features',
  presets: {
    smoke: {
      base: pointPresets.smoke,
      strengthRatios: [3, 4],
      densityRatios: [0.5, 2],
    },
    quick: {
      base: pointPresets.quick,
      strengthRatios: [2, 3, 4, 5],
      densityRatios: [0.25, 0.5, 1, 2, 3],
    },
    full: {
      base: pointPresets.full,
      strengthRatios: [2, 3, 4, 5, 6, 8],
      densityRatios: [0.25, 0.5, 0.75, 1, 1.5, 2, 3],
    },
  },
  defaultSeeds: { smoke: 2, quick: 3, full: 10 },

  async run(context) {
    const cells = await structuredDataSweep(context, points(context.preset))
    return { records: records(context, cells), flags: sweepFlags(cells), figures: figures(cells) }
  },
}

function points({ base, strengthRatios, densityRatios }: FeatureStrengthPreset): PresetPoint[] {
  const parameters = { strengthRatio: [...strengthRatios], densityRatio: [...densityRatios] }
  return designPoints({ kind: 'grid' }, parameters).map((point) => ({
    parameters: point,
    preset: presetAt(base, Number(point.strengthRatio), Number(point.densityRatio)),
  }))
}

/** α is β times the strength ratio, in distribution too, so that c is the number of non-robust patches times (β/α)^q. */
function presetAt(
  base: StructuredDataPreset,
  strengthRatio: number,
  densityRatio: number,
): StructuredDataPreset {
  const { distribution, network } = base
  const { robustPatches, nonRobustStrength: beta } = distribution
  const power = network.activation?.kind === 'relu' ? 1 : (network.activation?.power ?? 3)
  const robustStrength =
    typeof beta === 'number'
      ? strengthRatio * beta
      : { low: strengthRatio * beta.low, high: strengthRatio * beta.high }
  const nonRobustPatches = Math.max(1, Math.round(densityRatio * robustPatches * strengthRatio ** power))
  return { ...base, distribution: { ...distribution, robustStrength, nonRobustPatches } }
}

/** From here on α ≫ β; our choice, made where the map turns. */
const STRONG = 4

interface Region {
  readonly name: string
  readonly training: Training
  readonly claim: string
  readonly quantity: string
  includes(densityRatio: number, strengthRatio: number): boolean
  holds(cell: TrainedCell): boolean
}

const robustFeaturesWin = (cell: TrainedCell) =>
  (cell.robustDominance ?? 0) > 1 && cell.robustAccuracy >= 0.95

const regions: readonly Region[] = [
  {
    name: 'standard-dense',
    training: 'standard',
    claim: 'Standard training learns non-robust features where they are denser, c > 1',
    quantity: 'share of points with c > 1 where v > u',
    includes: (c) => c > 1,
    holds: (cell) => (cell.nonRobustDominance ?? 0) > 1,
  },
  {
    name: 'standard-sparse',
    training: 'standard',
    claim: 'Standard training learns robust features where non-robust ones are not denser, c < 1',
    quantity: 'share of points with c < 1 where u > v',
    includes: (c) => c < 1,
    holds: (cell) => (cell.robustDominance ?? 0) > 1,
  },
  {
    name: 'adversarial-dense',
    training: 'adversarial',
    claim:
      'Adversarial training learns robust features and is robust even where non-robust ones are denser, c > 1',
    quantity: 'share of points with c > 1 where u > v and robust accuracy is at least 0.95',
    includes: (c) => c > 1,
    holds: robustFeaturesWin,
  },
  {
    name: 'adversarial-dense-and-strong',
    training: 'adversarial',
    claim: `The same where robust features are also far stronger, α ≥ ${STRONG} β, as the theory asks`,
    quantity: `share of points with c > 1 and α at least ${STRONG} β where u > v and robust accuracy is at least 0.95`,
    includes: (c, strengthRatio) => c > 1 && strengthRatio >= STRONG,
    holds: robustFeaturesWin,
  },
]

function records(
  { preset, seeds }: ExperimentContext<FeatureStrengthPreset>,
  cells: readonly TrainedCell[],
): ExperimentRecord[] {
  const { id: experiment, source } = featureStrength
  return regions.map(({ name, training, claim, quantity, includes, holds }) => {
    const inside = cells.filter(
      ({ training: own, parameters: { densityRatio, strengthRatio } }) =>
        own === training && includes(Number(densityRatio), Number(strengthRatio)),
    )
    const shares = seeds.map((seed) =>
      mean(inside.filter((cell) => cell.seed === seed).map((cell) => (holds(cell) ? 1 : 0))),
    )
    return createRecord(
      {
        id: `${experiment}/${name}`,
        experiment,
        claim,
        source,
        reported: null,
        config: { ...preset },
        seeds,
      },
      [atLeast(measure(shares), 0.9, quantity)],
    )
  })
}

const accuracies = [
  ['clean accuracy', 'cleanAccuracy'],
  ['robust accuracy', 'robustAccuracy'],
  ['accuracy on robust features alone', 'robustOnlyAccuracy'],
  ['accuracy on non-robust features alone', 'nonRobustOnlyAccuracy'],
] as const

function figures(cells: readonly TrainedCell[]): Figure[] {
  const seeds = new Set(cells.map(({ seed }) => seed)).size
  const axes = {
    kind: 'heatmap',
    x: { field: 'densityRatio', title: 'density ratio c' },
    y: { field: 'strengthRatio', title: 'strength ratio α/β' },
  } as const
  return [
    {
      ...axes,
      id: 'dominance',
      title: 'Which feature dominates',
      caption: `log10 of u/v, smallest over the classes, each at least σ_0 as a denominator: above 0 robust features dominate. Mean over ${seeds} seeds, without those that diverged.`,
      color: { field: 'value', title: 'log10 u/v' },
      control: { field: 'training', title: 'training' },
      rows: TRAININGS.flatMap((training) =>
        rows(cells, training, ({ robustDominance }) => logarithm(robustDominance), { training }),
      ),
    },
    {
      ...axes,
      id: 'accuracy',
      title: 'Clean and robust accuracy',
      caption: `Accuracy on test samples, robust as the worst case over the attack suite. Mean over ${seeds} seeds.`,
      color: { field: 'value', title: 'accuracy' },
      control: { field: 'shown', title: 'shown' },
      rows: TRAININGS.flatMap((training) =>
        accuracies.flatMap(([name, field]) =>
          rows(cells, training, (cell) => cell[field], { shown: `${training} training: ${name}` }),
        ),
      ),
    },
  ]
}

/** One row a point, its value the mean over the seeds that have one; none where no seed has. */
function rows(
  cells: readonly TrainedCell[],
  training: Training,
  read: (cell: TrainedCell) => number | null,
  labels: FigureRow,
): FigureRow[] {
  const byPoint = new Map<DesignPoint, number[]>()
  for (const cell of cells) {
    const value = cell.training === training ? read(cell) : null
    if (value === null) continue
    byPoint.set(cell.parameters, [...(byPoint.get(cell.parameters) ?? []), value])
  }
  return [...byPoint].map(([{ densityRatio, strengthRatio }, values]) => ({
    densityRatio: Number(densityRatio),
    strengthRatio: Number(strengthRatio),
    ...labels,
    value: mean(values),
  }))
}
