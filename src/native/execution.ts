import { z } from 'zod'
import { nativeAddon } from './addon.js'
import type { NativeCancellation, NativeExecution } from './contract.js'
import { RobustFeaturesError } from './errors.js'
import { threadsOrDefault } from './threads.js'
import { positiveInteger } from './validation.js'

/** How an operation runs; none of it changes a result. */
export interface ExecutionOptions {
  /** Native threads of this operation (default: the processors this process may use). */
  readonly threads?: number | undefined
  /** Aborting rejects with code `ABORTED`; work stops within an iteration or tile. */
  readonly signal?: AbortSignal | undefined
}

export const executionShape = {
  threads: positiveInteger(1024).optional(),
  signal: z.instanceof(AbortSignal, { error: 'an AbortSignal' }).optional(),
}

/** What an addon brings to have its operations cancelled; each addon takes its own alone. */
export interface CancellationSource {
  readonly Cancellation: new () => NativeCancellation
}

/**
 * Runs a native operation with its threads and a cancellation tied to `signal`.
 *
 * @param addon that the operation belongs to (default: the core's)
 * @throws RobustFeaturesError `ABORTED` when the signal is or gets aborted
 */
export async function execute<Result>(
  { threads, signal }: ExecutionOptions,
  operation: (execution: Required<NativeExecution>) => Promise<Result>,
  addon: CancellationSource = nativeAddon(),
): Promise<Result> {
  // A signal that is aborted already fires no event any more.
  if (signal?.aborted) throw abortedError(signal)
  const cancellation = new addon.Cancellation()
  const cancel = () => cancellation.cancel()
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    return await operation({ threads: threadsOrDefault(threads), cancellation })
  } catch (error) {
    if (signal?.aborted && error instanceof RobustFeaturesError && error.code === 'ABORTED') {
      throw abortedError(signal)
    }
    throw error
  } finally {
    signal?.removeEventListener('abort', cancel)
  }
}

export function abortedError(signal: AbortSignal): RobustFeaturesError {
  return new RobustFeaturesError('ABORTED', 'The operation was aborted.', { cause: signal.reason })
}
