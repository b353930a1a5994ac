/**
 * Every failure the library reports has one of these codes; they are part of the public interface
 * and change only with a major version.
 */
export type ErrorCode =
  /** A value of the wrong type, range or shape. */
  | 'INVALID_ARGUMENT'
  /** A misspelled or unsupported option name. */
  | 'UNKNOWN_OPTION'
  /** A truncated, corrupt or foreign file. */
  | 'INVALID_FILE'
  /** A file or data set that is not where it was looked for. */
  | 'FILE_NOT_FOUND'
  /** An output that cannot be written. */
  | 'WRITE_FAILED'
  /** A folder that another process, or another run of this one, is writing to. */
  | 'RUN_FOLDER_IN_USE'
  /** A data set that no source delivered. */
  | 'FETCH_FAILED'
  /** Stopped by an AbortSignal. */
  | 'ABORTED'
  /** Training whose loss is no longer finite. */
  | 'DIVERGED'
  /** Memory for the result, or on the way to it, that the system refused. */
  | 'OUT_OF_MEMORY'
  /** A process of a sweep that died with its cell. */
  | 'PROCESS_ENDED'
  /** The addon is missing or does not load. */
  | 'NATIVE_ADDON_UNAVAILABLE'
  /** A defect of the engine; please report it. */
  | 'NATIVE_FAILURE'

/** The one error class of the package: `message` is one sentence, `code` is stable. */
export class RobustFeaturesError extends Error {
  /** Of the class. */
  override readonly name = 'RobustFeaturesError'
  /** What kind of failure it is, for programs. */
  readonly code: ErrorCode

  /**
   * An error of the package.
   *
   * @param code what kind of failure it is
   * @param message one sentence
   * @param options the `cause`, where there is one
   */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
