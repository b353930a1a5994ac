import { constants, open } from 'node:fs/promises'
import { RobustFeaturesError } from '../native/errors.js'
import { requirePath } from '../native/instances.js'

/**
 * The bytes of a regular file of at most `maximumBytes`.
 *
 * @throws RobustFeaturesError `FILE_NOT_FOUND` when there is none; `INVALID_FILE` when it is no regular file, too
 *   large or not readable; `INVALID_ARGUMENT` for no path
 */
export async function readRegularFile(path: string, maximumBytes: number): Promise<Uint8Array> {
  requirePath(path)
  try {
    // Without blocking, for opening a pipe would wait for its writer.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    try {
      const status = await file.stat()
      // A device or pipe could deliver bytes for ever.
      if (!status.isFile())
        throw new RobustFeaturesError(
          'INVALID_FILE',
          `Expected a regular file at ${path}, got something else.`,
        )
      if (status.size > maximumBytes) {
        const message = `Expected ${path} to hold at most ${maximumBytes} bytes, got ${status.size}.`
        throw new RobustFeaturesError('INVALID_FILE', message)
      }
      return await file.readFile()
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw cause instanceof RobustFeaturesError ? cause : readFailure(path, cause)
  }
}

/** The error for a path that cannot be read: `FILE_NOT_FOUND` where nothing is, else `INVALID_FILE`. */
export function readFailure(path: string, cause: unknown): RobustFeaturesError {
  if (systemErrorCode(cause) === 'ENOENT')
    return new RobustFeaturesError('FILE_NOT_FOUND', `Expected a file at ${path}, found none.`, { cause })
  const message = `Expected ${path} to be readable, got ${systemReason(cause)}.`
  return new RobustFeaturesError('INVALID_FILE', message, { cause })
}

/** What a reader gives, or undefined where it finds no file. */
export async function unlessMissing<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof RobustFeaturesError && error.code === 'FILE_NOT_FOUND') return undefined
    throw error
  }
}

/** `ENOENT` and the like, when the error came from the operating system. */
export function systemErrorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}

/** Whether a file is there that the operating system does not let be read: no word about its content. */
export function isSystemFailure(error: RobustFeaturesError): boolean {
  // Node's own codes begin with ERR_.
  return error.code !== 'FILE_NOT_FOUND' && /^E[A-Z0-9]+$/.test(systemErrorCode(error.cause) ?? '')
}

/** The operating system's reason without the call and path: "ENOSPC: no space left on device". */
export function systemReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const [reason = error.message] = error.message.split(/, \w+(?: '|$)/)
  return reason
}
