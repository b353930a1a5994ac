import { access, constants, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { writeFileAtomically } from '../../src/data/atomic-file.js'
import { UsageError } from '../usage.js'

/** A file that results are written to, as a whole each time. */
export interface OutputFile {
  write(text: string): Promise<void>
}

/**
 * Makes sure, before hours of measuring, that a file can be written.
 *
 * @throws UsageError
 */
export async function openOutputFile(option: string, path: string): Promise<OutputFile> {
  try {
    const file = await open(path, 'a')
    await file.close()
    // The file is replaced by another in its folder.
    await access(dirname(path), constants.W_OK)
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? error.code : error
    throw new UsageError(
      `Expected \`${option}\` to be a file that can be written, got '${path}' (${reason}).`,
    )
  }
  if (!(await stat(path)).isFile()) {
    throw new UsageError(`Expected \`${option}\` to be a regular file, got '${path}'.`)
  }
  return { write: (text) => writeFileAtomically(path, text) }
}
