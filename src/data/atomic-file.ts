import { randomUUID } from 'node:crypto'
import { statSync } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { RobustFeaturesError } from '../native/errors.js'
import { requirePath } from '../native/instances.js'
import { systemErrorCode, systemReason } from './read-file.js'
import { syncFile } from './sync-file.js'

/** What file systems and platforms without folder synchronisation answer. */
const NO_FOLDER_SYNC = new Set(['EACCES', 'EBADF', 'EINVAL', 'EISDIR', 'ENOTSUP', 'EPERM'])

/**
 * Replaces a file as a whole: after a crash or a power cut the path holds either the old bytes or all the new ones.
 * The folder must exist.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for no path; `WRITE_FAILED` with the path and the operating system's
 *   reason; the old file, if any, is then as it was
 */
export async function writeFileAtomically(path: string, bytes: Uint8Array | string): Promise<void> {
  requirePath(path)
  const temporary = temporaryBeside(path)
  try {
    await writeAndSync(temporary, bytes)
    await rename(temporary, path)
    await syncFolder(dirname(path))
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw writeFailure(path, cause)
  }
}

/**
 * Tries whether `writeFileAtomically` can write a path, and leaves all as it was: for what takes long to compute.
 *
 * @throws RobustFeaturesError `WRITE_FAILED`
 */
export async function requireWritable(path: string): Promise<void> {
  const temporary = temporaryBeside(path)
  try {
    await writeAndSync(temporary, '')
    await rm(temporary)
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error('a folder')
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw writeFailure(path, cause)
  }
}

/** Whether a path has the name of what `writeFileAtomically` had not finished when its process was killed. */
export function isUnfinishedWrite(path: string): boolean {
  return /^\..+\.[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\.tmp$/.test(basename(path))
}

/** Pretty JSON, written atomically. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify(value, null, 2)}\n`)
}

/**
 * Creates a folder and its parents.
 *
 * @throws RobustFeaturesError `WRITE_FAILED`
 */
export async function makeDirectory(directory: string): Promise<void> {
  try {
    const missing: string[] = []
    for (let folder = resolve(directory); !(await isFolder(folder)); folder = dirname(folder))
      missing.push(folder)
    for (const folder of missing.reverse()) await makeOne(folder)
  } catch (cause) {
    throw writeFailure(directory, cause)
  }
}

/**
 * Removes a file, where there is one.
 *
 * @throws RobustFeaturesError `WRITE_FAILED`
 */
export async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
  } catch (cause) {
    throw writeFailure(path, cause)
  }
}

/** The error for a path that cannot be written. */
export function writeFailure(path: string, cause: unknown): RobustFeaturesError {
  return new RobustFeaturesError(
    'WRITE_FAILED',
    `Expected ${path} to be writable, got ${systemReason(cause)}.`,
    { cause },
  )
}

/** Whether a folder is there; throws where that cannot be found out. */
async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT' && dirname(path) !== path) return false
    throw error
  }
}

/** Not `recursive`, which never returns where a file system answers ENOENT to every new folder, such as /proc. */
async function makeOne(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    // Another process may have been faster.
    if (systemErrorCode(error) !== 'EEXIST' || !(await isFolder(folder))) throw error
  }
}

function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`)
}

async function writeAndSync(path: string, bytes: Uint8Array | string): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(bytes)
    await syncFile(file)
  } finally {
    await file.close()
  }
}

/** Makes the rename itself durable. */
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r')
    try {
      await syncFile(folder)
    } finally {
      await folder.close()
    }
  } catch (error) {
    if (!NO_FOLDER_SYNC.has(systemErrorCode(error) ?? '')) throw error
  }
}
