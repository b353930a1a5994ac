import { SingleBar } from 'cli-progress'
import type { Reporter } from '../experiments/experiment.js'

const LINE_SECONDS = 10

/** Progress on stderr: a bar with the time left on a terminal, a line now and then in a pipe, notes in both. */
export class Progress implements Reporter {
  readonly #quiet: boolean
  readonly #terminal = process.stderr.isTTY === true
  #bar: SingleBar | undefined
  #task = ''
  #taskStarted = 0
  #firstShare = 0
  #lineWritten = 0

  constructor({ quiet }: { quiet: boolean }) {
    this.#quiet = quiet
  }

  progress(task: string, share: number, activity: string): void {
    if (this.#quiet) return
    if (task !== this.#task) this.#begin(task, share)
    const status = `${task}: ${activity}`
    const left = this.#secondsLeft(share)
    if (this.#terminal) this.#draw(share, status, left ?? '…')
    else if (performance.now() - this.#lineWritten >= 1000 * LINE_SECONDS) {
      const time = left === undefined ? '' : `, ${left} left`
      process.stderr.write(`${(100 * share).toFixed(0).padStart(3)} % ${status}${time}\n`)
      this.#lineWritten = performance.now()
    }
  }

  note(message: string): void {
    if (this.#quiet) return
    this.stop()
    process.stderr.write(`${message}\n`)
  }

  /** Removes the bar; the next progress draws it again. */
  stop(): void {
    this.#bar?.stop()
    this.#bar = undefined
  }

  #begin(task: string, share: number): void {
    this.stop()
    this.#task = task
    this.#firstShare = share
    this.#taskStarted = performance.now()
    this.#lineWritten = Number.NEGATIVE_INFINITY
  }

  #draw(share: number, status: string, left: string): void {
    if (this.#bar === undefined) {
      this.#bar = new SingleBar({
        format: '{bar} {percentage} % | {left} left | {status}',
        stream: process.stderr,
        barsize: 24,
        clearOnComplete: true,
        hideCursor: true,
        gracefulExit: false,
      })
      this.#bar.start(1000, 0, { status, left })
    }
    this.#bar.update(Math.round(1000 * share), { status, left })
  }

  /** From the speed since the task began here: what an earlier session did took no time in this one. */
  #secondsLeft(share: number): string | undefined {
    const done = share - this.#firstShare
    if (done <= 0.01) return undefined
    const elapsed = (performance.now() - this.#taskStarted) / 1000
    const seconds = Math.round((elapsed / done) * (1 - share))
    return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  }
}
