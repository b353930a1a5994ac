import { fdatasync, fsync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'

const syncDescriptor = promisify(fsync)
const syncContent = promisify(fdatasync)

/** Waits until a file or folder is on the disk. Not by `FileHandle.sync`, which Yarn's Plug'n'Play leaves out. */
export function syncFile({ fd }: FileHandle): Promise<void> {
  return syncDescriptor(fd)
}

/** Waits until a file's content is on the disk, without its times. */
export function syncFileContent({ fd }: FileHandle): Promise<void> {
  return syncContent(fd)
}
