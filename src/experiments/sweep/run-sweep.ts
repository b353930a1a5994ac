import { join } from 'node:path'
import { writeJson } from '../../data/atomic-file.js'
import { configHash } from '../../data/canonical-json.js'
import { inRunFolder } from '../../data/run-folder.js'
import { nativeAddon } from '../../native/addon.js'
import { type CellError, type CellOutcome, cellLabel, type SweepCell } from '../../sweeps/cell.js'
import { processRunner } from '../../sweeps/process-runner.js'
import { cellDirectory } from '../../sweeps/run-cell.js'
import { runCells } from '../../sweeps/run-cells.js'
import { writeTables } from '../../sweeps/table-files.js'
import type { ConfigFiles } from '../config-files.js'
import { environment } from '../environment.js'
import type { Reporter } from '../experiment.js'
import { experiments } from '../registry.js'
import { DATA_FORMAT } from '../run-experiment.js'
import { planSweep, type SweepPlan } from './plan.js'

export interface SweepOptions {
  /** Folder that gets the run folder `sweep-<name>-<config hash>`. */
  readonly directory: string
  /** Finds the paths of the configuration. */
  readonly files: ConfigFiles
  /** Total of all processes. */
  readonly threads: number
  readonly signal: AbortSignal
  /** Stop after the first failed cell. */
  readonly failFast: boolean
  readonly reporter: Reporter
  /** Called as soon as a cell has failed. */
  readonly onFailure: (failure: CellFailure) => void
}

export interface CellFailure {
  readonly cell: string
  /** Its parameters and seed, for readers. */
  readonly label: string
  readonly directory: string
  readonly error: CellError
}

export interface SweepRun {
  readonly directory: string
  readonly cells: number
  readonly finished: number
  readonly failures: readonly CellFailure[]
}

/**
 * Runs a sweep in the folder its configuration names, in parallel processes. Cells that have a result are not run again,
 * those that failed are. Leaves `config.json`, `environment.json`, `cells/<hash>/`, `timings.json`, `cells.csv` and
 * `cells.parquet`.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION` before anything runs;
 *   `RUN_FOLDER_IN_USE`, `WRITE_FAILED`, `ABORTED`
 */
export async function runSweep(config: unknown, options: SweepOptions): Promise<SweepRun> {
  const versions = { engine: nativeAddon().information().version, dataFormat: DATA_FORMAT }
  const plan = await planSweep(config, { experiments, files: options.files, versions })
  const { name } = plan.config
  // Of the cells, for they know what the files of a configuration hold.
  const hash = configHash(plan.cells.map(({ id }) => id))
  const directory = join(options.directory, `sweep-${name}-${hash}`)
  return inRunFolder(directory, { use: 'run' }, () => runInFolder(plan, { ...options, directory }))
}

/** Runs a planned sweep in its own folder. */
async function runInFolder(
  { config, cells }: SweepPlan,
  { directory, threads, signal, failFast, reporter, onFailure }: SweepOptions,
): Promise<SweepRun> {
  const { name } = config
  await writeJson(join(directory, 'config.json'), config)
  await writeJson(join(directory, 'environment.json'), environment(threads))
  const failureOf = (cell: SweepCell, error: CellError): CellFailure => ({
    cell: cell.id,
    label: cellLabel(cell),
    directory: cellDirectory(directory, cell),
    error,
  })
  const outcomes = await runCells(cells, {
    directory,
    runner: processRunner({ directory, threads, module: new URL('./sweep-process.js', import.meta.url) }),
    signal,
    failFast,
    note: (message) => reporter.note(`${name}: ${message}`),
    onOutcome: (cell, outcome, ended) => {
      reporter.progress(name, ended / cells.length, `${ended} of ${cells.length} cells`)
      if (outcome.status === 'failed') onFailure(failureOf(cell, outcome.error))
    },
  })
  await writeJson(join(directory, 'timings.json'), timings(cells, outcomes, threads))
  await writeTables(directory, cells, outcomes)
  const ended = cells.map((cell) => ({ cell, outcome: outcomes.get(cell.id) }))
  return {
    directory,
    cells: cells.length,
    finished: ended.filter(({ outcome }) => outcome?.status === 'finished').length,
    failures: ended.flatMap(({ cell, outcome }) =>
      outcome?.status === 'failed' ? [failureOf(cell, outcome.error)] : [],
    ),
  }
}

function timings(
  cells: readonly SweepCell[],
  outcomes: ReadonlyMap<string, CellOutcome>,
  threads: number,
): object {
  const seconds = cells.flatMap(({ id }) => {
    const outcome = outcomes.get(id)
    return outcome === undefined ? [] : [[id, outcome.seconds] as const]
  })
  return { threads, cellSeconds: Object.fromEntries(seconds) }
}
