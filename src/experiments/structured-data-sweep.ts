import { RobustFeaturesError } from '../native/errors.js'
import { cellLabel, createCell } from '../sweeps/cell.js'
import type { DesignPoint } from '../sweeps/design.js'
import { inProcessRunner } from '../sweeps/in-process-runner.js'
import { runCells } from '../sweeps/run-cells.js'
import { writeTables } from '../sweeps/table-files.js'
import { standard } from '../training/objective.js'
import { unlessDiverged } from './divergence.js'
import type { ExperimentContext, RunFlag, TrainingFlagName } from './experiment.js'
import { strongInnerMaximiser } from './inner-maximisers.js'
import { structuredDataRun } from './structured-data.js'
import type { StructuredDataPreset } from './structured-data-presets.js'

export const TRAININGS = ['standard', 'adversarial'] as const
export type Training = (typeof TRAININGS)[number]

/** What is measured of one training, see `StructuredDataResult`. */
export interface CellMeasures {
  readonly cleanAccuracy: number
  readonly robustAccuracy: number
  readonly robustOnlyAccuracy: number
  readonly nonRobustOnlyAccuracy: number
  /** Null where the training diverged: then no feature dominates. */
  readonly nonRobustDominance: number | null
  readonly robustDominance: number | null
  readonly flags: readonly RunFlag['name'][]
}

export interface TrainedCell extends CellMeasures {
  readonly parameters: DesignPoint
  readonly training: Training
  readonly seed: number
}

/** A design point and the preset it stands for. */
export interface PresetPoint {
  readonly parameters: DesignPoint
  readonly preset: StructuredDataPreset
}

interface CellConfig {
  readonly training: Training
  readonly seed: number
  readonly preset: StructuredDataPreset
}

/**
 * Trains every point both ways with every seed, as the cells of a sweep in this process: in `cells/<hash>/` of the run
 * folder, which gets `cells.csv` and `cells.parquet` too. Cells that are finished are read.
 *
 * @throws RobustFeaturesError what the first cell that failed has thrown, once all others are done; `ABORTED`,
 *   `WRITE_FAILED`
 */
export async function structuredDataSweep(
  context: Omit<ExperimentContext<object>, 'preset'>,
  points: readonly PresetPoint[],
): Promise<TrainedCell[]> {
  const { directory, threads, signal, seeds } = context
  const planned = points.flatMap(({ parameters, preset }) =>
    TRAININGS.flatMap((training) =>
      seeds.map((seed) => {
        const config: CellConfig = { training, seed, preset }
        return { parameters, training, seed, cell: createCell({ ...parameters, training }, seed, config) }
      }),
    ),
  )
  const cells = planned.map(({ cell }) => cell)
  const outcomes = await runCells(cells, {
    directory,
    signal,
    runner: inProcessRunner({
      directory,
      threads,
      program: (config, cell) => trainedMeasures(config as CellConfig, { ...context, ...cell }),
    }),
    onOutcome: (cell, _, ended) => context.report(ended / cells.length, cellLabel(cell)),
    note: context.note,
  })
  await writeTables(directory, cells, outcomes)
  return planned.map(({ parameters, training, seed, cell }) => {
    const outcome = outcomes.get(cell.id)
    if (outcome?.status === 'finished')
      return { parameters, training, seed, ...(outcome.result as CellMeasures) }
    const { code, message } = outcome?.error ?? { code: 'NATIVE_FAILURE', message: 'It did not run.' }
    throw new RobustFeaturesError(
      code as RobustFeaturesError['code'],
      `In the cell ${cellLabel(cell)}: ${message}`,
    )
  })
}

/** A training that diverges classifies nothing, and counts so. */
const DIVERGED: CellMeasures = {
  cleanAccuracy: 0,
  robustAccuracy: 0,
  robustOnlyAccuracy: 0,
  nonRobustOnlyAccuracy: 0,
  nonRobustDominance: null,
  robustDominance: null,
  flags: ['loss-diverges'],
}

async function trainedMeasures(
  { training, seed, preset }: CellConfig,
  context: Omit<ExperimentContext<object>, 'preset'>,
): Promise<CellMeasures> {
  const attempt = await unlessDiverged(`seed-${seed}/${training}`, () =>
    structuredDataRun(
      // A cell knows its own seed alone, so its suite has no transfer.
      { ...context, preset, seeds: [seed] },
      seed,
      training,
      (distribution) =>
        training === 'standard' ? standard() : strongInnerMaximiser.objective(distribution, preset.radius),
      () => {},
    ),
  )
  if (attempt.result === undefined) return DIVERGED
  const { robustness, robustOnlyAccuracy, nonRobustOnlyAccuracy, ...result } = attempt.result
  return {
    cleanAccuracy: robustness.cleanAccuracy,
    robustAccuracy: robustness.robustAccuracy,
    robustOnlyAccuracy,
    nonRobustOnlyAccuracy,
    nonRobustDominance: result.nonRobustDominance,
    robustDominance: result.robustDominance,
    flags: result.flags.map(({ name }) => name),
  }
}

/** Ratios spread over orders of magnitude; what has not been learned at all may be negative. */
export function logarithm<Ratio extends number | null>(ratio: Ratio): Ratio {
  return (ratio === null ? null : Math.log10(Math.max(ratio, 1e-3))) as Ratio
}

/** Away from the default preset these are what a map shows, and no news. */
const EXPECTED: ReadonlySet<string> = new Set<TrainingFlagName>([
  'clean-accuracy-low',
  'robust-accuracy-low',
  'wrong-features-dominate',
])

/** One flag per name, with the number of cells that raised it. */
export function sweepFlags(cells: readonly TrainedCell[]): RunFlag[] {
  const names = new Set(cells.flatMap(({ flags }) => flags).filter((name) => !EXPECTED.has(name)))
  return [...names].map((name) => {
    const raised = cells.filter(({ flags }) => flags.includes(name)).length
    return { where: 'cells', name, message: `Raised by ${raised} of ${cells.length} cells; see cells.csv.` }
  })
}
