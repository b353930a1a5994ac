import { type ErrorCode, RobustFeaturesError } from '../native/errors.js'
import { type CellOutcome, type CellProgram, cellError, type SweepCell } from './cell.js'
import { runCell } from './run-cell.js'

/** A process that is asked to stop does so within an iteration; one that hangs is ended. */
export const PATIENCE_MILLISECONDS = 10_000

/** What the parent sends. */
export type CellRequest =
  | {
      readonly kind: 'run'
      readonly cell: SweepCell
      /** The cell's folder. */
      readonly directory: string
      readonly threads: number
    }
  | { readonly kind: 'abort' }

/** What comes back for a `run`; `stopped` ends the whole sweep. */
export type CellReply =
  | { readonly kind: 'outcome'; readonly outcome: CellOutcome }
  | { readonly kind: 'stopped'; readonly code: ErrorCode; readonly message: string }

/** Makes this child process run the cells that its parent sends, until the parent closes the channel or dies. */
export function serveCells(program: CellProgram): void {
  let running = new AbortController()
  // Ctrl-C reaches every process of the terminal; the parent decides what it means.
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => {})
  process.on('disconnect', () => {
    running.abort()
    setTimeout(() => process.exit(1), PATIENCE_MILLISECONDS).unref()
  })
  process.on('message', (request: CellRequest) => {
    if (request.kind === 'abort') {
      running.abort()
      return
    }
    running = new AbortController()
    const { cell, directory, threads } = request
    void reply(runCell(cell, program, { directory, threads, signal: running.signal }))
  })
}

async function reply(run: Promise<CellOutcome>): Promise<void> {
  const message: CellReply = await run.then(
    (outcome) => ({ kind: 'outcome', outcome }) as const,
    (error: unknown) => ({
      kind: 'stopped',
      ...cellError(error),
      code: error instanceof RobustFeaturesError ? error.code : 'NATIVE_FAILURE',
    }),
  )
  if (process.connected) process.send?.(message)
}
