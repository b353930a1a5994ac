import { expect, it, vi } from 'vitest'
import { reportFailure } from '../../src/cli/failure.js'
import { interruptible } from '../../src/cli/interruption.js'
import { RobustFeaturesError } from '../../src/index.js'

/** What the user reads after Ctrl-C in an action that stops at once. */
async function readAfterInterrupt(...advice: readonly string[]): Promise<string> {
  const written = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  try {
    const stopped = interruptible(
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new RobustFeaturesError('ABORTED', 'Aborted.')))
          process.emit('SIGINT')
        }),
      ...advice,
    )
    reportFailure(await stopped.catch((error: unknown) => error))
    return written.mock.calls.map(([text]) => text).join('')
  } finally {
    written.mockRestore()
  }
}

it('an action that is stopped says what the same command does next', async () => {
  const told = '\nStopping …\nrobust-features: Aborted. [ABORTED]\n'
  expect(await readAfterInterrupt()).toBe(`${told}Run the same command again to go on from here.\n`)
  expect(await readAfterInterrupt('Nothing is kept.')).toBe(`${told}Nothing is kept.\n`)
})

it('an action that fails by itself is told as it is', async () => {
  const failure = new RobustFeaturesError('INVALID_ARGUMENT', 'Expected more.')
  await expect(interruptible(() => Promise.reject(failure))).rejects.toBe(failure)
})
