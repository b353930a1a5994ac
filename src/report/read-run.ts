import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { z } from 'zod'
import type { Figure } from '../analysis/figure.js'
import { readRegularFile, systemReason, unlessMissing } from '../data/read-file.js'
import { DATA_FORMAT } from '../experiments/run-experiment.js'
import { inlineText } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'
import { parseOptions } from '../native/validation.js'
import {
  configSchema,
  environmentSchema,
  figuresSchema,
  flagsSchema,
  gridsSchema,
  type ReportedConfig,
  type ReportedFlag,
  type ReportedGrid,
  type ReportedRecord,
  recordsSchema,
  timingsSchema,
} from './run-schema.js'

const MAXIMUM_BYTES = 2 ** 28
/** A page has its images inside. */
const MAXIMUM_GRID_BYTES = 2 ** 23

/** A finished run as its folder tells it; `undefined` stands for a file that is not there. */
export interface ReportRun {
  readonly directory: string
  /** The folder's own name. */
  readonly name: string
  readonly config: ReportedConfig
  readonly records: readonly ReportedRecord[]
  readonly flags: readonly ReportedFlag[] | undefined
  readonly figures: readonly Figure[] | undefined
  /** None where the experiment has none. */
  readonly grids: readonly ImageFile[]
  readonly environment: Readonly<Record<string, unknown>> | undefined
  readonly timings: { readonly seconds: number; readonly threads: number } | undefined
}

/** A grid of images with the bytes of its PNG; `undefined` where the file is not there. */
export interface ImageFile extends ReportedGrid {
  readonly png: Uint8Array | undefined
}

/** A folder beside the runs that the report says nothing of, and why. */
export interface LeftOut {
  readonly name: string
  readonly reason: string
}

/**
 * Reads a run folder.
 *
 * @throws RobustFeaturesError `FILE_NOT_FOUND` when the run is not finished, or is none of an experiment; `INVALID_FILE`
 *   for files that are damaged or of another version
 */
export async function readRun(directory: string): Promise<ReportRun> {
  await requireExperiment(directory)
  const read = <Schema extends z.ZodType>(name: string, schema: Schema) =>
    readJson(join(directory, `${name}.json`), name, schema)
  const config = await read('config', configSchema)
  if (config.dataFormat !== DATA_FORMAT) {
    throw new RobustFeaturesError(
      'INVALID_FILE',
      `Expected data format ${DATA_FORMAT} in ${join(directory, 'config.json')}, got ${config.dataFormat}; ` +
        'make the report with the version that wrote it, or run the experiment again.',
    )
  }
  const [records, flags, figures, grids, environment, timings] = await Promise.all([
    read('records', recordsSchema),
    unlessMissing(() => read('flags', flagsSchema)),
    unlessMissing(() => read('figures', figuresSchema)) as Promise<readonly Figure[] | undefined>,
    unlessMissing(() => read('images', gridsSchema)),
    unlessMissing(() => read('environment', environmentSchema)),
    unlessMissing(() => read('timings', timingsSchema)),
  ])
  const name = basename(resolve(directory))
  const files = await Promise.all((grids ?? []).map((grid) => withFile(directory, grid)))
  return { directory, name, config, records, flags, figures, grids: files, environment, timings }
}

async function withFile(directory: string, grid: ReportedGrid): Promise<ImageFile> {
  const path = join(directory, 'images', `${grid.id}.png`)
  return { ...grid, png: await unlessMissing(() => readRegularFile(path, MAXIMUM_GRID_BYTES)) }
}

/** A sweep and a training have run folders too, but no records; it says where their results are. */
async function requireExperiment(directory: string): Promise<void> {
  if (await isExperimentFolder(directory)) return
  const other = await otherRun(directory)
  if (other === undefined) return
  throw new RobustFeaturesError(
    'FILE_NOT_FOUND',
    `Expected the run of an experiment at ${directory}, got that of ${other}.`,
  )
}

/** A run that has no report, and where its results are; undefined where there is none. */
async function otherRun(directory: string): Promise<string | undefined> {
  const names = await namesIn(directory).catch((): string[] => [])
  if (names.includes('cells'))
    return 'a sweep, whose results are the table cells.csv (or cells.parquet) there'
  if (names.includes('history.jsonl'))
    return 'a training, whose results are summary.json and history.csv there'
  return undefined
}

/** Whether the folder is one of a run and not one of several. */
export async function isRunFolder(directory: string): Promise<boolean> {
  return (await namesIn(directory)).includes('config.json')
}

/**
 * Reads every finished run in a folder, by name, and tells which are left out.
 *
 * @throws RobustFeaturesError `FILE_NOT_FOUND` when there is no run; the first run's failure when none can be read
 */
export async function readRuns(directory: string): Promise<{ runs: ReportRun[]; leftOut: LeftOut[] }> {
  const runs: ReportRun[] = []
  const leftOut: LeftOut[] = []
  let firstFailure: RobustFeaturesError | undefined
  for (const name of (await namesIn(directory)).toSorted()) {
    const folder = join(directory, name)
    if (!(await isExperimentFolder(folder))) continue
    try {
      runs.push(await readRun(folder))
    } catch (error) {
      if (!(error instanceof RobustFeaturesError)) throw error
      const unfinished = error.code === 'FILE_NOT_FOUND'
      if (!unfinished) firstFailure ??= error
      leftOut.push({ name, reason: unfinished ? 'It is not finished.' : error.message })
    }
  }
  if (runs.length > 0) return { runs, leftOut }
  throw firstFailure ?? (await noRun(directory))
}

async function noRun(directory: string): Promise<RobustFeaturesError> {
  let found = 'none'
  for (const name of (await namesIn(directory)).toSorted()) {
    const other = await otherRun(join(directory, name))
    if (other === undefined) continue
    found = `${inlineText(name)}, that of ${other}`
    break
  }
  return new RobustFeaturesError(
    'FILE_NOT_FOUND',
    `Expected the finished run of an experiment, or a folder of such runs, at ${directory}, got ${found}.`,
  )
}

async function isExperimentFolder(folder: string): Promise<boolean> {
  try {
    const config = JSON.parse(
      Buffer.from(await readRegularFile(join(folder, 'config.json'), MAXIMUM_BYTES)).toString(),
    )
    return typeof config?.experiment === 'string'
  } catch {
    return false // other things may lie there too, such as a folder of `train`
  }
}

async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (cause) {
    throw new RobustFeaturesError(
      'FILE_NOT_FOUND',
      `Expected a folder at ${directory}, got none that can be read (${systemReason(cause)}).`,
      { cause },
    )
  }
}

async function readJson<Schema extends z.ZodType>(
  path: string,
  name: string,
  schema: Schema,
): Promise<z.output<Schema>> {
  const text = Buffer.from(await readRegularFile(path, MAXIMUM_BYTES)).toString()
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new RobustFeaturesError('INVALID_FILE', `Expected ${path} to be JSON, got other text.`, { cause })
  }
  try {
    return parseOptions(schema, value, name)
  } catch (cause) {
    if (!(cause instanceof RobustFeaturesError)) throw cause
    throw new RobustFeaturesError(
      'INVALID_FILE',
      `${cause.message.replace(/[.?]$/, '')} in ${path}, which another version wrote; run the experiment again.`,
      { cause },
    )
  }
}
