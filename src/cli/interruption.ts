import { RobustFeaturesError } from '../native/errors.js'

/** An action that the user has stopped, with what the same command would do next. */
export class Interruption extends RobustFeaturesError {
  readonly advice: string

  constructor({ message }: RobustFeaturesError, advice: string, options: ErrorOptions) {
    super('ABORTED', message, options)
    this.advice = advice
  }
}

/**
 * Runs an action with a signal that Ctrl-C or SIGTERM aborts; a second Ctrl-C ends the process at once.
 *
 * @param advice for the user who has stopped it; default: that nothing is lost
 * @throws Interruption when it was stopped
 */
export async function interruptible<Result>(
  action: (signal: AbortSignal) => Promise<Result>,
  advice = 'Run the same command again to go on from here.',
): Promise<Result> {
  const controller = new AbortController()
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(1)
    process.stderr.write('\nStopping …\n')
    controller.abort()
  }
  process.on('SIGINT', interrupt)
  process.on('SIGTERM', interrupt)
  try {
    return await action(controller.signal)
  } catch (error) {
    if (!(error instanceof RobustFeaturesError) || error.code !== 'ABORTED') throw error
    throw new Interruption(error, advice, { cause: error })
  } finally {
    process.off('SIGINT', interrupt)
    process.off('SIGTERM', interrupt)
  }
}
