import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { isUnfinishedWrite, makeDirectory, writeFailure } from './atomic-file.js'
import { type FolderLockOptions, withFolderLock } from './folder-lock.js'
import { systemErrorCode } from './read-file.js'

export interface RunFolderOptions extends FolderLockOptions {
  /** Folders below, by their names, that are this user's too; `all` of them; default none. */
  readonly below?: readonly string[] | 'all'
}

/**
 * Runs `work` in a folder that is made where it is missing, that nobody else uses in this way meanwhile, and from which
 * the half-written files of a killed process are gone.
 *
 * @throws RobustFeaturesError as `withFolderLock`
 */
export async function inRunFolder<Result>(
  folder: string,
  { below = [], ...lock }: RunFolderOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  await makeDirectory(folder)
  return withFolderLock(folder, lock, async () => {
    if (below === 'all') await removeUnfinishedWrites(folder, true)
    else for (const name of ['', ...below]) await removeUnfinishedWrites(join(folder, name), false)
    return work()
  })
}

async function removeUnfinishedWrites(folder: string, recursive: boolean): Promise<void> {
  try {
    for (const path of await readdir(folder, { recursive }))
      if (isUnfinishedWrite(path)) await rm(join(folder, path), { force: true })
  } catch (cause) {
    if (systemErrorCode(cause) !== 'ENOENT') throw writeFailure(folder, cause)
  }
}
