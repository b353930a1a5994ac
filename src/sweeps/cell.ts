import { canonicalJson, configHash } from '../data/canonical-json.js'
import { RobustFeaturesError } from '../native/errors.js'
import type { DesignPoint } from './design.js'

/** One point of a design with one seed: a pure function of `config` that writes to a folder of its own. */
export interface SweepCell {
  /** Hash of what decides the result; names the folder. */
  readonly id: string
  /** What the table shows of it. */
  readonly parameters: DesignPoint
  readonly seed: number
  /** JSON of all that its program needs. */
  readonly config: unknown
}

export interface CellError {
  readonly code: string
  readonly message: string
}

/** What became of a cell; `result` is JSON, `seconds` is no part of the result. */
export type CellOutcome =
  | { readonly status: 'finished'; readonly result: unknown; readonly seconds: number }
  | { readonly status: 'failed'; readonly error: CellError; readonly seconds: number }

/** Runs the cell that a configuration describes, in an existing folder, to a result that is JSON. */
export type CellProgram = (config: unknown, context: CellContext) => Promise<unknown>

export interface CellContext {
  readonly directory: string
  readonly threads: number
  readonly signal: AbortSignal
}

/**
 * @param identity what of the configuration decides the result; default: all of it
 * @throws RobustFeaturesError `INVALID_ARGUMENT` when the configuration is not JSON
 */
export function createCell(
  parameters: DesignPoint,
  seed: number,
  config: unknown,
  identity: unknown = config,
): SweepCell {
  return { id: configHash(identity), parameters, seed, config }
}

/** For readers: `training.learningRate=0.3, seed 1`. */
export function cellLabel({ parameters, seed }: Pick<SweepCell, 'parameters' | 'seed'>): string {
  return [parametersLabel(parameters), `seed ${seed}`].filter((part) => part !== '').join(', ')
}

/** For readers: `training.learningRate=0.3, network.filtersPerClass=4`. */
export function parametersLabel(parameters: DesignPoint): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${parameterText(value)}`)
    .join(', ')
}

/** Text as it is, everything else as JSON. */
export function parameterText(value: unknown): string {
  return typeof value === 'string' ? value : canonicalJson(value)
}

/** An error as a cell's outcome holds it: one line and a code. */
export function cellError(error: unknown): CellError {
  if (error instanceof RobustFeaturesError) return { code: error.code, message: error.message }
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return { code: 'NATIVE_FAILURE', message: text.split('\n')[0] ?? '' }
}
