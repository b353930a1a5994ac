import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { writeJson } from '../data/atomic-file.js'
import { configHash } from '../data/canonical-json.js'
import { inRunFolder } from '../data/run-folder.js'
import { nativeAddon } from '../native/addon.js'
import { parseOptions } from '../native/validation.js'
import type { ConfigFiles } from './config-files.js'
import { prepareImageTraining } from './configured-images.js'
import { patchesIdentity, placedPatches, preparePatchTraining } from './configured-patches.js'
import { environment } from './environment.js'
import type { Reporter } from './experiment.js'
import { imagesIdentity, placedImages } from './image-config-data.js'
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
 * @param options `files` finds the paths of the configuration
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION` for the configuration; `FILE_NOT_FOUND` or
 *   `INVALID_FILE` for its data; `RUN_FOLDER_IN_USE`, `ABORTED`, `DIVERGED`, …
 */
export async function runConfiguredTraining(
  config: unknown,
  options: {
    directory: string
    files: ConfigFiles
    threads: number
    signal: AbortSignal
    reporter: Reporter
  },
): Promise<ConfiguredTraining> {
  const { threads, signal, reporter } = options
  const { parsed, identity, prepare } = await configuredTraining(config, options.files)
  const engine = nativeAddon().information().version
  const directory = join(options.directory, `train-${configHash({ ...identity, engine })}`)
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
 * A training configuration of either kind with its defaults, checked as far as it can be without loading data.
 * `parsed` has every path from the root and the SHA-256 of files; `identity` is what decides the result, which paths do
 * not.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`; as `ConfigFiles.source`
 */
export async function configuredTraining(
  config: unknown,
  files: ConfigFiles,
): Promise<{
  readonly parsed: CheckedTrainingConfig | CheckedImageTrainingConfig
  readonly identity: object
  readonly prepare: (execution: ConfiguredExecution) => Promise<PreparedTraining>
}> {
  requireKind(config)
  if (isAboutImages(config)) {
    const checked = checkedImageTrainingConfig(config)
    const parsed = { ...checked, data: await placedImages(checked.data, files) }
    const identity = { ...parsed, data: imagesIdentity(parsed.data) }
    return { parsed, identity, prepare: () => prepareImageTraining(parsed) }
  }
  const checked = checkedTrainingConfig(config)
  const parsed = { ...checked, data: placedPatches(checked.data, files) }
  const identity = { ...parsed, data: patchesIdentity(parsed.data) }
  return { parsed, identity, prepare: (execution) => preparePatchTraining(parsed, execution) }
}

/** Told here, for the schema of either kind of network knows its own kinds of data alone. */
function requireKind(config: unknown): void {
  const kind = z.enum(['patchDistribution', 'mnist', 'images'])
  parseOptions(z.looseObject({ data: z.looseObject({ kind }) }), config, 'config')
}

async function readSummary(directory: string): Promise<ConfiguredTraining['summary'] | undefined> {
  try {
    return JSON.parse(await readFile(join(directory, 'summary.json'), 'utf8'))
  } catch {
    return undefined // not there: the run is new or was interrupted
  }
}
