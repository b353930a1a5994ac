import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { makeDirectory } from '../data/atomic-file.js'
import { systemReason } from '../data/read-file.js'
import { type ErrorCode, RobustFeaturesError } from '../native/errors.js'
import { abortedError } from '../native/execution.js'
import type { CellError, CellOutcome, SweepCell } from './cell.js'
import { type CellReply, type CellRequest, PATIENCE_MILLISECONDS } from './cell-process.js'
import type { CellRunner } from './cell-runner.js'
import { cellDirectory, readOutcome, writeOutcome } from './run-cell.js'
import { type CellWorker, runOverWorkers } from './workers.js'

/** Runs cells in child processes of this machine, which a crash of the engine or the system's memory killer can end. */
export function processRunner(options: {
  /** The sweep's folder. */
  directory: string
  /** Total of all processes. */
  threads: number
  /** A module that calls `serveCells`. */
  module: URL
}): CellRunner {
  const { directory, threads, module } = options
  return {
    run: (cells, onOutcome, signal) =>
      runOverWorkers(cells, threads, (share) => new CellProcess(module, directory, share), onOutcome, signal),
  }
}

/** A child process that runs one cell after another, and is replaced when it dies. */
class CellProcess implements CellWorker {
  readonly #module: URL
  readonly #directory: string
  readonly #threads: number
  #child: ChildProcess | undefined

  constructor(module: URL, directory: string, threads: number) {
    this.#module = module
    this.#directory = directory
    this.#threads = threads
  }

  async run(cell: SweepCell, signal: AbortSignal): Promise<CellOutcome> {
    const directory = cellDirectory(this.#directory, cell)
    const started = performance.now()
    const child = this.#start()
    const cancel = () => {
      if (child.connected) child.send({ kind: 'abort' } satisfies CellRequest)
      setTimeout(() => child.kill('SIGKILL'), PATIENCE_MILLISECONDS).unref()
    }
    signal.addEventListener('abort', cancel, { once: true })
    try {
      const reply = await this.#ask(child, { kind: 'run', cell, directory, threads: this.#threads })
      if (reply.kind === 'outcome') return reply.outcome
      if (reply.kind === 'stopped') throw new RobustFeaturesError(reply.code as ErrorCode, reply.message)
      this.#child = undefined
      // It may have died with its work done; an error there may be of an earlier session.
      const left = await readOutcome(directory)
      if (left?.status === 'finished') return left
      if (signal.aborted) throw abortedError(signal)
      const seconds = (performance.now() - started) / 1000
      const outcome = { status: 'failed', error: reply.error, seconds } as const
      await makeDirectory(directory)
      await writeOutcome(directory, outcome)
      return outcome
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }

  close(): void {
    if (this.#child?.connected) this.#child.disconnect()
    this.#child = undefined
  }

  #start(): ChildProcess {
    const alive = this.#child?.connected && this.#child.exitCode === null && this.#child.signalCode === null
    if (this.#child !== undefined && alive) return this.#child
    // Standard output belongs to the command; what native code may say on standard error is shown.
    this.#child = fork(this.#module, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
    return this.#child
  }

  /** The process's reply, or how it died. */
  async #ask(child: ChildProcess, request: CellRequest): Promise<CellReply | Death> {
    const answered = new AbortController()
    const { signal } = answered
    try {
      // A process that dies before it reads the request is seen by its end.
      child.send(request, () => {})
      return await Promise.race([
        once(child, 'message', { signal }).then(([reply]) => reply as CellReply),
        once(child, 'exit', { signal }).then(([code, name]) => death(name ?? `exit code ${code}`)),
      ])
    } catch (cause) {
      throw new RobustFeaturesError(
        'NATIVE_FAILURE',
        `Expected a process for cells to start, got ${systemReason(cause)}.`,
        { cause },
      )
    } finally {
      answered.abort()
    }
  }
}

interface Death {
  readonly kind: 'died'
  readonly error: CellError
}

function death(how: string): Death {
  const message = `Expected the cell's process to live until the cell is done, got ${how}.`
  return { kind: 'died', error: { code: 'PROCESS_ENDED' satisfies ErrorCode, message } }
}
