import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { removeFile, writeJson } from '../data/atomic-file.js'
import { inRunFolder } from '../data/run-folder.js'
import { RobustFeaturesError } from '../native/errors.js'
import { type CellContext, type CellOutcome, type CellProgram, cellError, type SweepCell } from './cell.js'

/** These stop the whole sweep: the next cell would meet the same. */
const NOT_OF_THE_CELL = new Set(['ABORTED', 'WRITE_FAILED'])

/** More than a process whose sweep was killed takes to leave its cell. */
const ORPHAN_SECONDS = 15

/** The folder of a cell within its sweep's. */
export function cellDirectory(sweepDirectory: string, { id }: Pick<SweepCell, 'id'>): string {
  return join(sweepDirectory, 'cells', id)
}

/**
 * Runs a cell in its folder, once a process of a killed sweep has left it; where that does not, the cell has failed.
 * What it throws is its outcome and nobody else's. Leaves `config.json`, what the program writes, `timings.json`, and
 * `result.json` or `error.json`.
 *
 * @throws RobustFeaturesError `ABORTED`, `WRITE_FAILED`, `NATIVE_ADDON_UNAVAILABLE`
 */
export async function runCell(
  cell: SweepCell,
  program: CellProgram,
  context: CellContext,
): Promise<CellOutcome> {
  const { directory, signal } = context
  const own = { use: 'cell', below: 'all', patienceSeconds: ORPHAN_SECONDS, signal } as const
  const started = performance.now()
  try {
    return await inRunFolder(directory, own, async () => {
      // That process may have come to the end of it.
      const left = await readOutcome(directory)
      return left?.status === 'finished' ? left : runInFolder(cell, program, context)
    })
  } catch (error) {
    if (!(error instanceof RobustFeaturesError) || error.code !== 'RUN_FOLDER_IN_USE') throw error
    // Not written, for the folder is another's.
    return { status: 'failed', error: cellError(error), seconds: secondsSince(started) }
  }
}

async function runInFolder(
  cell: SweepCell,
  program: CellProgram,
  context: CellContext,
): Promise<CellOutcome> {
  const { directory } = context
  const started = performance.now()
  await startCell(cell, directory)
  try {
    // As it will be read from the file.
    const result = JSON.parse(JSON.stringify(await program(cell.config, context)))
    const outcome = { status: 'finished', result, seconds: secondsSince(started) } as const
    await writeOutcome(directory, outcome)
    return outcome
  } catch (error) {
    if (error instanceof RobustFeaturesError && NOT_OF_THE_CELL.has(error.code)) throw error
    const outcome = { status: 'failed', error: cellError(error), seconds: secondsSince(started) } as const
    await writeOutcome(directory, outcome)
    return outcome
  }
}

function secondsSince(milliseconds: number): number {
  return (performance.now() - milliseconds) / 1000
}

async function startCell(cell: SweepCell, directory: string): Promise<void> {
  await removeFile(join(directory, 'error.json'))
  await writeJson(join(directory, 'config.json'), cell.config)
}

/** The result or the error comes last: its presence says that the cell has ended. */
export async function writeOutcome(directory: string, outcome: CellOutcome): Promise<void> {
  await writeJson(join(directory, 'timings.json'), { seconds: outcome.seconds })
  if (outcome.status === 'finished') await writeJson(join(directory, 'result.json'), outcome.result)
  else await writeJson(join(directory, 'error.json'), outcome.error)
}

/** The outcome in a cell's folder; undefined when it has not ended, or the file is not whole. */
export async function readOutcome(directory: string): Promise<CellOutcome | undefined> {
  const seconds = Number((await readJson(join(directory, 'timings.json')))?.value?.seconds ?? 0)
  const result = await readJson(join(directory, 'result.json'))
  if (result !== undefined) return { status: 'finished', result: result.value, seconds }
  const error = await readJson(join(directory, 'error.json'))
  return error === undefined ? undefined : { status: 'failed', error: error.value, seconds }
}

async function readJson(path: string) {
  try {
    return { value: JSON.parse(await readFile(path, 'utf8')) }
  } catch {
    return undefined
  }
}
