import { writeFailure } from '../data/atomic-file.js'
import { systemErrorCode } from '../data/read-file.js'
import { exitCodeFor, reportFailure } from './failure.js'

/** What a shell says of a program that SIGPIPE ended, 128 + 13; Node ignores that signal. */
const CLOSED_PIPE = 141

/** Ends the program without a word when nobody reads its output any more, and with a sentence when it cannot be written. */
export function endWithOutput(): void {
  process.stdout.on('error', (error) => {
    if (!isClosedPipe(error)) {
      const failure = writeFailure('standard output', error)
      reportFailure(failure)
      process.exit(exitCodeFor(failure))
    }
    process.exit(CLOSED_PIPE)
  })
  process.stderr.on('error', (error) => process.exit(isClosedPipe(error) ? CLOSED_PIPE : 1))
}

function isClosedPipe(error: unknown): boolean {
  return systemErrorCode(error) === 'EPIPE'
}
