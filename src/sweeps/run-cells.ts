import { RobustFeaturesError } from '../native/errors.js'
import type { CellOutcome, SweepCell } from './cell.js'
import type { CellRunner } from './cell-runner.js'
import { cellDirectory, readOutcome } from './run-cell.js'

export interface RunCellsOptions {
  /** The sweep's folder. */
  readonly directory: string
  readonly runner: CellRunner
  readonly signal: AbortSignal
  /** Stop after the first failed cell (default false). */
  readonly failFast?: boolean
  /** Called for every cell that ends in this session; `ended` counts those of earlier sessions too. */
  readonly onOutcome: (cell: SweepCell, outcome: CellOutcome, ended: number) => void
  readonly note: (message: string) => void
}

/**
 * Runs the cells that have no result yet; those that failed before are tried again.
 *
 * @returns outcomes by cell id; with `failFast` some may be missing
 * @throws RobustFeaturesError `ABORTED`, `WRITE_FAILED`
 */
export async function runCells(
  cells: readonly SweepCell[],
  { directory, runner, signal, failFast = false, onOutcome, note }: RunCellsOptions,
): Promise<ReadonlyMap<string, CellOutcome>> {
  const outcomes = new Map<string, CellOutcome>()
  let failedBefore = 0
  for (const cell of cells) {
    const outcome = await readOutcome(cellDirectory(directory, cell))
    if (outcome?.status === 'finished') outcomes.set(cell.id, outcome)
    if (outcome?.status === 'failed') failedBefore++
  }
  if (outcomes.size + failedBefore > 0) note(resumption(cells.length, outcomes.size, failedBefore))
  const open = cells.filter(({ id }) => !outcomes.has(id))
  if (open.length === 0) return outcomes
  const failure = new AbortController()
  const take = (cell: SweepCell, outcome: CellOutcome) => {
    outcomes.set(cell.id, outcome)
    onOutcome(cell, outcome, outcomes.size)
    if (failFast && outcome.status === 'failed') failure.abort()
  }
  try {
    await runner.run(open, take, AbortSignal.any([signal, failure.signal]))
  } catch (error) {
    const stopped = error instanceof RobustFeaturesError && error.code === 'ABORTED'
    if (!stopped || signal.aborted || !failure.signal.aborted) throw error
  }
  return outcomes
}

function resumption(cells: number, finished: number, failed: number): string {
  const again = failed === 0 ? '' : ` ${failed} failed before and ${failed === 1 ? 'is' : 'are'} tried again.`
  return `${finished} of ${cells} cells are already finished.${again}`
}
