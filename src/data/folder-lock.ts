import { type FileHandle, open, readFile, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { nativeAddon } from '../native/addon.js'
import type { NativeAddon } from '../native/contract.js'
import { RobustFeaturesError } from '../native/errors.js'
import { abortedError } from '../native/execution.js'
import { writeFailure } from './atomic-file.js'

const POLL_MILLISECONDS = 100
/** How often a lock file may be removed under the hands of who opens it; more says that the file system cannot tell. */
const MOST_REMOVED = 20

export interface FolderLockOptions {
  /** What the folder is used for: uses of other names may go on at the same time. */
  readonly use: string
  /** How long to wait for another user of the folder; default 0. */
  readonly patienceSeconds?: number
  readonly signal?: AbortSignal | undefined
  /** Called once, when another one uses the folder. */
  readonly onWait?: (() => void) | undefined
}

/**
 * Runs `work` while nobody else uses a folder in this way, in whatever process. The operating system holds the lock, of a
 * file `.<use>.lock`, for as long as its holder lives: a killed process leaves the file but no lock, and nobody waits for
 * it. The folder must exist.
 *
 * @throws RobustFeaturesError `NATIVE_ADDON_UNAVAILABLE`, before there is a file; `RUN_FOLDER_IN_USE` when patience ends;
 *   `ABORTED` while waiting; `WRITE_FAILED`; and what `work` throws
 */
export async function withFolderLock<Result>(
  folder: string,
  options: FolderLockOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  const { tryLock } = nativeAddon()
  const path = join(folder, `.${options.use}.lock`)
  const file = await acquire(path, folder, tryLock, options)
  try {
    return await work()
  } finally {
    // Before it is let go of, so that nobody takes the lock of a file that is about to go. Where the folder was moved or
    // made anew meanwhile, the file there is somebody else's.
    if (await isAt(path, file)) await rm(path, { force: true }).catch(() => {})
    await file.close()
  }
}

type TryLock = NativeAddon['tryLock']

async function acquire(
  path: string,
  folder: string,
  tryLock: TryLock,
  { patienceSeconds = 0, signal, onWait }: FolderLockOptions,
): Promise<FileHandle> {
  const began = performance.now()
  for (let waited = false; ; waited = true) {
    if (signal?.aborted) throw abortedError(signal)
    const file = await tryToHold(path, tryLock).catch((cause) => {
      throw writeFailure(folder, cause)
    })
    if (file !== undefined) return file
    if (performance.now() - began >= patienceSeconds * 1000) throw inUse(folder, await holderOf(path))
    if (!waited) onWait?.()
    // An abort is seen above.
    await sleep(POLL_MILLISECONDS, undefined, { ...(signal && { signal }) }).catch(() => {})
  }
}

/** The open file whose lock this process now holds; undefined where another has it. */
async function tryToHold(path: string, tryLock: TryLock): Promise<FileHandle | undefined> {
  for (let removed = 0; ; removed++) {
    const file = await open(path, 'a')
    let held = false
    try {
      if (!tryLock(file.fd)) return undefined
      // The holder before may have removed the file after it was opened here: that lock would keep nobody out. A file
      // system that numbers a file anew at every look never lets it be removed, so its lock counts.
      held = removed === MOST_REMOVED || (await isAt(path, file))
      if (held) {
        await describeHolder(file)
        return file
      }
    } finally {
      if (!held) await file.close()
    }
  }
}

/** Whether an open file is the one at a path. */
async function isAt(path: string, file: FileHandle): Promise<boolean> {
  const bigint = true // numbers of files may be larger than a double holds
  const both = Promise.all([file.stat({ bigint }), stat(path, { bigint })])
  const [opened, found] = await both.catch(() => [])
  return opened !== undefined && found?.ino === opened.ino && found.dev === opened.dev
}

/** For the message of who comes second; a full disk does not matter here. */
async function describeHolder(file: FileHandle): Promise<void> {
  try {
    await file.truncate()
    await file.writeFile(`${process.pid} on ${hostname()}\n`)
  } catch {}
}

async function holderOf(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return /^\d+ on [\w.-]+\n$/.test(text) ? text.trimEnd() : undefined
}

function inUse(folder: string, holder: string | undefined): RobustFeaturesError {
  const who = holder === undefined ? 'another process' : `process ${holder}`
  return new RobustFeaturesError(
    'RUN_FOLDER_IN_USE',
    `Expected no other run in ${folder}, got one of ${who}.`,
  )
}
