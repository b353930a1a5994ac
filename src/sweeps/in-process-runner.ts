import type { CellProgram } from './cell.js'
import type { CellRunner } from './cell-runner.js'
import { cellDirectory, runCell } from './run-cell.js'
import { runOverWorkers } from './workers.js'

/** Runs several cells at once in this process, on native threads: for programs that are trusted not to end it. */
export function inProcessRunner(options: {
  /** The sweep's folder. */
  directory: string
  threads: number
  program: CellProgram
}): CellRunner {
  const { directory, threads, program } = options
  return {
    run: (cells, onOutcome, signal) =>
      runOverWorkers(
        cells,
        threads,
        (share) => ({
          run: (cell, stop) =>
            runCell(cell, program, {
              directory: cellDirectory(directory, cell),
              threads: share,
              signal: stop,
            }),
          close: () => {},
        }),
        onOutcome,
        signal,
      ),
  }
}
