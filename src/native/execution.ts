import { z } from 'zod'
import { nativeAddon } from './addon.js'
import type { NativeExecution } from './contract.js'
import { RobustFeaturesError } from './errors.js'
import { threadBudget } from './threads.js'
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

/**
 * Runs a native operation with its threads and a cancellation tied to `signal`.
 *
 * @throws RobustFeaturesError `ABORTED` when the signal is or gets aborted
 */
export async function execute<Result>(
  { threads = threadBudget().threads, signal }: ExecutionOptions,
  operation: (execution: NativeExecution) => Promise<Result>,
): Promise<Result> {
  if (signal?.aborted) throw abortedError(signal)
  const cancellation = new (nativeAddon().Cancellation)()
  const cancel = () => cancellation.cancel()
  signal?.addEventListener('abort', cancel, { once: true })
  try {
    return await operation({ threads, cancellation })
  } catch (error) {
    if (signal?.aborted) throw abortedError(signal)
    throw error
  } finally {
    signal?.removeEventListener('abort', cancel)
  }
}

export function abortedError(signal: AbortSignal): RobustFeaturesError {
  return new RobustFeaturesError('ABORTED', 'The operation was aborted.', { cause: signal.reason })
}
