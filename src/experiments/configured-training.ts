import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeJson } from '../data/atomic-file.js'
import { configHash } from '../data/canonical-json.js'
import { inRunFolder } from '../data/run-folder.js'
import { nativeAddon } from '../native/addon.js'
import { prepareImageTraining } from './configured-images.js'
import { preparePatchTraining } from './configured-patches.js'
import { environment } from './environment.js'
import type { Reporter } from './experiment.js'
import {
  type CheckedImageTrainingConfig,
  checkedImageTrainingConfig,
  isAboutImages,
} from './image-training-config.js'
import type { ConfiguredExecution, PreparedTraining } from './prepared-training.js'
import { type CheckedTrainingConfig, checkedTrainingConfig } from './training-config.js'

export interface ConfiguredTraining {
  readonly directory: string
  readonly summary: Readonly<Record<string, unknown>>
}

/**
 * Trains and evaluates what a configuration describes in `<directory>/train-<config hash>`, like an experiment's
 * run folder; interrupted runs are continued, finished ones read.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION` for the configuration; `RUN_FOLDER_IN_USE`,
 *   `ABORTED`, `DIVERGED`, …
 */
export async function runConfiguredTraining(
  config: unknown,
  options: { directory: string; threads: number; signal: AbortSignal; reporter: Reporter },
): Promise<ConfiguredTraining> {
  const { threads, signal, reporter } = options
  const { parsed, prepare } = configuredTraining(config)
  const engine = nativeAddon().information().version
  const directory = join(options.directory, `train-${configHash({ ...parsed, engine })}`)
  const finishedSummary = async () => {
    const finished = await readSummary(directory)
    if (finished !== undefined) reporter.note(`train: already finished in ${directory}.`)
    return finished
  }
  const finished = await finishedSummary()
  if (finished !== undefined) return { directory, summary: finished }
  // What is wrong with the data shows before there is a folder.
  const run = await prepare({ threads, signal })
  const context = {
    directory,
    threads,
    signal,
    note: (message: string) => reporter.note(`train: ${message}`),
  }
  const summary = await inRunFolder(directory, { use: 'run' }, async () => {
    // Another process may have finished it since.
    const finished = await finishedSummary()
    if (finished !== undefined) return finished
    await writeJson(join(directory, 'config.json'), parsed)
    await writeJson(join(directory, 'environment.json'), environment(threads))
    const outcome = await run(context, (share, activity) => reporter.progress('train', share, activity))
    await writeJson(join(directory, 'summary.json'), outcome) // last: its presence says that the run is complete
    return outcome
  })
  return { directory, summary }
}

/**
 * A training configuration of either kind with its defaults, checked as far as it can be without data.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function configuredTraining(config: unknown): {
  readonly parsed: CheckedTrainingConfig | CheckedImageTrainingConfig
  readonly prepare: (execution: ConfiguredExecution) => Promise<PreparedTraining>
} {
  if (isAboutImages(config)) {
    const parsed = checkedImageTrainingConfig(config)
    return { parsed, prepare: () => prepareImageTraining(parsed) }
  }
  const parsed = checkedTrainingConfig(config)
  return { parsed, prepare: (execution) => preparePatchTraining(parsed, execution) }
}

async function readSummary(directory: string): Promise<ConfiguredTraining['summary'] | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, 'summary.json'), 'utf8'))
  } catch {
    return undefined // not there: the run is new or was interrupted
  }
}
