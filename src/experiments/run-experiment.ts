import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Figure } from '../analysis/figure.js'
import { DATA_FLAG_NAMES } from '../analysis/flag-names.js'
import type { ExperimentRecord } from '../analysis/record.js'
import { writeJson } from '../data/atomic-file.js'
import { configHash } from '../data/canonical-json.js'
import { inRunFolder } from '../data/run-folder.js'
import { nativeAddon } from '../native/addon.js'
import { environment } from './environment.js'
import type { Experiment, ExperimentOutcome, Reporter, RunFlag, Scale } from './experiment.js'
import { writeImageGrids } from './write-image-grids.js'

/** Raised when the same config gives other bits than before: run folders of older versions are not continued. */
export const DATA_FORMAT = 2

export interface ExperimentRunOptions {
  readonly scale: Scale
  readonly seeds: readonly number[]
  readonly threads: number
  readonly signal: AbortSignal
  /** Folder that gets the run folder `<experiment>-<config hash>`. */
  readonly directory: string
  readonly reporter: Reporter
}

export interface ExperimentRun {
  readonly experiment: string
  readonly directory: string
  readonly records: readonly ExperimentRecord[]
  readonly flags: readonly RunFlag[]
  readonly figures: readonly Figure[]
  readonly timedFigures: readonly Figure[]
  /** Whether it had been run to its end before. */
  readonly finishedBefore: boolean
}

/**
 * Runs an experiment in the folder its configuration names, continuing what was interrupted there; a finished run is
 * read, not run again, unless it has flags about its data. Leaves `config.json`, `environment.json`, `records.json`,
 * `flags.json`, `figures.json` and `timings.json`, of image grids `images.json` and `images/<id>.png`, and a folder for
 * every training.
 *
 * @throws RobustFeaturesError `RUN_FOLDER_IN_USE`, `WRITE_FAILED`, `ABORTED`, or what the experiment throws
 */
export async function runExperiment(
  experiment: Experiment,
  options: ExperimentRunOptions,
): Promise<ExperimentRun> {
  const { id } = experiment
  const config = {
    experiment: id,
    scale: options.scale,
    seeds: options.seeds,
    preset: experiment.presets[options.scale],
    engine: nativeAddon().information().version,
    dataFormat: DATA_FORMAT,
  }
  const directory = join(options.directory, `${id}-${configHash(config)}`)
  const finishedRun = async (): Promise<ExperimentRun | undefined> => {
    const finished = await readOutcome(directory)
    // What was skipped may be there now, and images that are not the official ones may have changed: looked at again.
    if (finished === undefined || finished.flags.some(isAboutData)) return undefined
    options.reporter.note(`${id}: already finished in ${directory}.`)
    return { experiment: id, directory, ...finished, finishedBefore: true }
  }
  const run = async (): Promise<ExperimentRun> => {
    await writeJson(join(directory, 'config.json'), config)
    const outcome = await runInFolder(experiment, { ...options, directory })
    return { experiment: id, directory, ...outcome, finishedBefore: false }
  }
  // Asked before, for its folder may be one that can only be read, and again once no other process can finish it.
  return (
    (await finishedRun()) ??
    inRunFolder(directory, { use: 'run', below: 'all' }, async () => (await finishedRun()) ?? run())
  )
}

type Outcome = Required<Omit<ExperimentOutcome, 'grids'>>

/** Runs an experiment in its own folder, and leaves its outcome there. */
async function runInFolder(
  experiment: Experiment,
  { scale, seeds, threads, signal, directory, reporter }: ExperimentRunOptions,
): Promise<Outcome> {
  await writeJson(join(directory, 'environment.json'), environment(threads))
  const started = performance.now()
  const {
    records,
    flags,
    figures,
    timedFigures = [],
    grids = [],
  } = await experiment.run({
    preset: experiment.presets[scale],
    seeds,
    directory,
    threads,
    signal,
    report: (share, activity) => reporter.progress(experiment.id, share, activity),
    note: (message) => reporter.note(message),
  })
  // Time is not deterministic, so it stays out of records; after a resumption it is that of the last session.
  const seconds = (performance.now() - started) / 1000
  await writeJson(join(directory, 'timings.json'), { seconds, threads, figures: timedFigures })
  const outcome = {
    flags,
    figures,
    records: records.map((record) => ({ ...record, config: { scale, ...record.config } })),
  }
  await writeJson(join(directory, 'flags.json'), outcome.flags)
  await writeJson(join(directory, 'figures.json'), outcome.figures)
  await writeImageGrids(directory, grids)
  await writeJson(join(directory, 'records.json'), outcome.records) // last: its presence says that the run is complete
  return { ...outcome, timedFigures }
}

function isAboutData({ name }: RunFlag): boolean {
  return DATA_FLAG_NAMES.some((data) => data === name)
}

async function readOutcome(directory: string): Promise<Outcome | undefined> {
  try {
    const [records, flags, figures, timings] = await Promise.all(
      ['records.json', 'flags.json', 'figures.json', 'timings.json'].map(async (name) =>
        JSON.parse(await readFile(join(directory, name), 'utf8')),
      ),
    )
    return { records, flags, figures, timedFigures: timings.figures ?? [] }
  } catch {
    return undefined // not there, or not whole: the experiment writes them again from what it finds
  }
}
