import { abortedError } from '../native/execution.js'
import type { CellOutcome, SweepCell } from './cell.js'
import { shareThreads } from './cell-runner.js'

/** Runs one cell at a time. */
export interface CellWorker {
  run(cell: SweepCell, signal: AbortSignal): Promise<CellOutcome>
  close(): void
}

/**
 * Hands cells to workers, each with its share of the threads, until there are none left. When a worker rejects, the
 * others are aborted, and its error is the one that is thrown.
 */
export async function runOverWorkers(
  cells: readonly SweepCell[],
  threads: number,
  open: (threads: number) => CellWorker,
  onOutcome: (cell: SweepCell, outcome: CellOutcome) => void,
  signal: AbortSignal,
): Promise<void> {
  const failure = new AbortController()
  const stop = AbortSignal.any([signal, failure.signal])
  const queue = cells.values()
  const work = async (worker: CellWorker) => {
    try {
      for (const cell of queue) {
        if (stop.aborted) throw abortedError(stop)
        onOutcome(cell, await worker.run(cell, stop))
      }
    } catch (error) {
      failure.abort(error)
    } finally {
      worker.close()
    }
  }
  await Promise.all(shareThreads(threads, cells.length).map((share) => work(open(share))))
  if (signal.aborted) throw abortedError(signal)
  if (failure.signal.aborted) throw failure.signal.reason
}
