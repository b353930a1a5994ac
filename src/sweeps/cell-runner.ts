import type { CellOutcome, SweepCell } from './cell.js'

/**
 * Runs cells, somewhere. What a cell gives depends on its configuration alone, so a runner is free in where, when and
 * in what order: the processes of this machine now, a queue that many machines read as well.
 */
export interface CellRunner {
  /**
   * Runs every cell once and hands over each outcome as soon as it is there, in any order. A cell that throws, or whose
   * process dies, has the outcome `failed`; the others go on.
   *
   * @throws RobustFeaturesError `ABORTED` once `signal` is aborted; `WRITE_FAILED`, and what `onOutcome` throws, which
   *   stop the rest too
   */
  run(
    cells: readonly SweepCell[],
    onOutcome: (cell: SweepCell, outcome: CellOutcome) => void,
    signal: AbortSignal,
  ): Promise<void>
}

/** One total of threads over parallel workers: no more workers than cells, and no thread left out. */
export function shareThreads(threads: number, cells: number): number[] {
  const workers = Math.max(1, Math.min(threads, cells))
  return Array.from(
    { length: workers },
    (_, worker) => Math.floor(threads / workers) + (worker < threads % workers ? 1 : 0),
  )
}
