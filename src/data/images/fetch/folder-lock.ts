import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { lock } from 'proper-lockfile'
import { systemErrorCode } from '../../read-file.js'

/** A live holder renews its lock more often than this; an older one belongs to a process that died. */
const STALE_MILLISECONDS = 20_000
const RENEWAL_MILLISECONDS = 4_000
const POLL_MILLISECONDS = 300

export interface LockOptions {
  readonly signal?: AbortSignal | undefined
  /** Called once, when another process holds the lock. */
  readonly onWait?: (() => void) | undefined
}

/** Runs `work` while no other process does so in this folder; waits for one that does. */
export async function withFolderLock<Result>(
  folder: string,
  { signal, onWait }: LockOptions,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const lost = new AbortController()
  const release = await acquire(folder, { signal, onWait }, (error) => lost.abort(error))
  try {
    return await work(AbortSignal.any(signal === undefined ? [lost.signal] : [lost.signal, signal]))
  } finally {
    await release().catch(() => undefined)
  }
}

async function acquire(
  folder: string,
  { signal, onWait }: LockOptions,
  onCompromised: (error: Error) => void,
): Promise<() => Promise<void>> {
  for (let waited = false; ; waited = true) {
    signal?.throwIfAborted()
    try {
      return await lock(folder, {
        lockfilePath: join(folder, '.lock'),
        stale: STALE_MILLISECONDS,
        update: RENEWAL_MILLISECONDS,
        onCompromised,
      })
    } catch (error) {
      if (systemErrorCode(error) !== 'ELOCKED') throw error
    }
    if (!waited) onWait?.()
    await sleep(POLL_MILLISECONDS, undefined, { ...(signal && { signal }) })
  }
}
