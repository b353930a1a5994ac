/**
 * Every failure the library reports has one of these codes; they are part of the public interface
 * and change only with a major version.
 */
export type ErrorCode =
  | 'INVALID_ARGUMENT' // a value of the wrong type, range or shape
  | 'UNKNOWN_OPTION' // a misspelled or unsupported option name
  | 'INVALID_FILE' // a truncated, corrupt or foreign file
  | 'FILE_NOT_FOUND' // a file or data set that is not where it was looked for
  | 'WRITE_FAILED' // an output that cannot be written
  | 'RUN_FOLDER_IN_USE' // a folder that another process, or another run of this one, is writing to
  | 'FETCH_FAILED' // a data set that no source delivered
  | 'ABORTED' // stopped by an AbortSignal
  | 'DIVERGED' // training whose loss is no longer finite
  | 'OUT_OF_MEMORY'
  | 'PROCESS_ENDED' // a process of a sweep that died with its cell
  | 'NATIVE_ADDON_UNAVAILABLE' // the addon is missing or does not load
  | 'NATIVE_FAILURE' // a defect of the engine; please report it

/** The one error class of the package: `message` is one sentence, `code` is stable. */
export class RobustFeaturesError extends Error {
  override readonly name = 'RobustFeaturesError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
