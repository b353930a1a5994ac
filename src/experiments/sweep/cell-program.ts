import { RobustFeaturesError } from '../../native/errors.js'
import type { CellContext, CellProgram } from '../../sweeps/cell.js'
import { ConfigFiles } from '../config-files.js'
import { runConfiguredTraining } from '../configured-training.js'
import type { Experiment, Reporter } from '../experiment.js'
import { type ExperimentRun, runExperiment } from '../run-experiment.js'
import { type CellConfig, experimentNamed } from './base.js'

/** Cells report by their results; a sweep's progress counts them. */
const silent: Reporter = { progress: () => {}, note: () => {} }

/** Runs the cells of `planSweep`. */
export function cellProgram(experiments: readonly Experiment[]): CellProgram {
  return async (given, context) => {
    const config = given as CellConfig
    if (config.kind === 'training') return training(config.config, context)
    if (config.kind === 'experiment') return experiment(config, experiments, context)
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      'Expected `kind` of a cell to be training or experiment.',
    )
  }
}

async function training(config: unknown, context: CellContext): Promise<unknown> {
  // Planned paths go from the root.
  const files = new ConfigFiles('/')
  const { summary } = await runConfiguredTraining(config, { ...context, files, reporter: silent })
  return summary
}

async function experiment(
  { experiment: id, scale, preset, seed }: Extract<CellConfig, { kind: 'experiment' }>,
  experiments: readonly Experiment[],
  context: CellContext,
): Promise<unknown> {
  const original = experimentNamed(id, experiments)
  const varied = { ...original, presets: { ...original.presets, [scale]: preset } }
  const run = await runExperiment(varied, { ...context, scale, seeds: [seed], reporter: silent })
  return {
    records: run.records.map(recordResult),
    flags: run.flags.map(({ where, name }) => ({ where, name })),
  }
}

/** The measured value of every condition, by its quantity. */
function recordResult({ id, verdict, conditions }: ExperimentRun['records'][number]): object {
  const values = conditions.map(({ measured, criterion: { text } }) => {
    const [, quantity = text] = text.match(/^.* interval of (.*) [≥≤] \S+$/) ?? []
    return [quantity, measured.value]
  })
  return { id, verdict, ...Object.fromEntries(values) }
}
