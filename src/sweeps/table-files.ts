import { join } from 'node:path'
import { writeFileAtomically } from '../data/atomic-file.js'
import type { CellOutcome, SweepCell } from './cell.js'
import { cellsToCsv, cellsToParquet, cellTable } from './table.js'

/**
 * Writes the table of all cells as `cells.csv` and `cells.parquet`.
 *
 * @throws RobustFeaturesError `WRITE_FAILED`
 */
export async function writeTables(
  directory: string,
  cells: readonly SweepCell[],
  outcomes: ReadonlyMap<string, CellOutcome>,
): Promise<void> {
  const table = cellTable(cells, outcomes)
  await writeFileAtomically(join(directory, 'cells.csv'), cellsToCsv(table))
  await writeFileAtomically(join(directory, 'cells.parquet'), cellsToParquet(table))
}
