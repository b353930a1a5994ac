import { CommanderError } from 'commander'
import { type ErrorCode, RobustFeaturesError } from '../native/errors.js'
import { Interruption } from './interruption.js'

const USAGE_CODES: readonly ErrorCode[] = ['INVALID_ARGUMENT', 'UNKNOWN_OPTION']

/** 0: fine (help, version), 2: wrong usage or configuration, 1: everything else. */
export function exitCodeFor(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof RobustFeaturesError && USAGE_CODES.includes(error.code)) return 2
  return 1
}

/** One line on stderr; commander has printed its own. Defects of the package come with their stack. */
export function reportFailure(error: unknown): void {
  if (error instanceof CommanderError) return
  if (error instanceof RobustFeaturesError) {
    process.stderr.write(`robust-features: ${error.message} [${error.code}]\n`)
    if (error instanceof Interruption) process.stderr.write(`${error.advice}\n`)
    return
  }
  process.stderr.write(`robust-features: ${error instanceof Error ? error.stack : String(error)}\n`)
}
