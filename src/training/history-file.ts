import { open } from 'node:fs/promises'
import { writeFailure, writeFileAtomically } from '../data/atomic-file.js'
import { isScalar, toCsv } from '../data/csv.js'
import { readRegularFile } from '../data/read-file.js'
import { syncFileContent } from '../data/sync-file.js'
import { RobustFeaturesError } from '../native/errors.js'
import { requireObjects } from '../native/instances.js'

const MAXIMUM_BYTES = 2 ** 31 - 1
const LINE_FEED = 0x0a

/** One line of a run's history. */
export interface HistoryRecord {
  /** It belongs to. */
  readonly iteration: number
  /** With `record.features` alone: as in `FeatureCoefficients`, but arrays, for JSON has no others. */
  readonly coefficients?: {
    /** ⟨w_{i,r}, u_j⟩. */
    readonly robust: readonly number[]
    /** ⟨w_{i,r}, v_j⟩. */
    readonly nonRobust: readonly number[]
  }
  /** Of a `TrainingRecord` or `LayeredTrainingRecord`. */
  readonly [field: string]: unknown
}

/**
 * A run's history: one JSON object a line, appended as training goes. A process that dies while it writes leaves half
 * a line, which is dropped when the file is opened again.
 */
export class HistoryFile {
  readonly path: string

  private constructor(path: string) {
    this.path = path
  }

  /**
   * Opens a history, or starts one when there is no file yet.
   *
   * @throws RobustFeaturesError `INVALID_FILE` or `WRITE_FAILED`
   */
  static async open(path: string): Promise<HistoryFile> {
    const { bytes, length } = await readWholeLines(path)
    if (bytes.length > length) await writeFileAtomically(path, bytes.subarray(0, length))
    return new HistoryFile(path)
  }

  /**
   * Adds records and waits until they are on the disk. Typed arrays become arrays; NaN and ±Infinity become null, for
   * JSON has no such numbers. Calls must not overlap.
   *
   * @throws RobustFeaturesError `WRITE_FAILED`
   */
  async append(records: readonly HistoryRecord[]): Promise<void> {
    if (records.length === 0) return
    try {
      const file = await open(this.path, 'a')
      try {
        await file.writeFile(toLines(records))
        await syncFileContent(file)
      } finally {
        await file.close()
      }
    } catch (cause) {
      throw writeFailure(this.path, cause)
    }
  }

  /** All records, oldest first. */
  async read(): Promise<HistoryRecord[]> {
    return readHistory(this.path)
  }

  /**
   * Drops the records of iterations from `iteration` on, as a run does that resumes there.
   *
   * @throws RobustFeaturesError `INVALID_FILE` or `WRITE_FAILED`
   */
  async truncateFrom(iteration: number): Promise<void> {
    const records = await this.read()
    const kept = records.filter((record) => record.iteration < iteration)
    if (kept.length < records.length) await writeFileAtomically(this.path, toLines(kept))
  }
}

/**
 * The records of a history file, oldest first; none when there is no file. A last line without its line feed is left
 * out.
 *
 * @param path of a `history.jsonl`
 * @throws RobustFeaturesError `INVALID_FILE` naming the line that is no record
 */
export async function readHistory(path: string): Promise<HistoryRecord[]> {
  const { bytes, length } = await readWholeLines(path)
  const lines = new TextDecoder().decode(bytes.subarray(0, length)).split('\n')
  return lines.slice(0, -1).map((line, index) => parseRecord(line, `${path}:${index + 1}`))
}

/**
 * Comma-separated values (RFC 4180) with a header line: a column for every field that holds a number, text, boolean or
 * null in some record, `iteration` first. Missing values, null, arrays and objects are empty cells.
 *
 * @param records that `readHistory` gives, or the `history` of a `TrainingResult`
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for anything but an array of objects
 */
export function historyToCsv(records: readonly (HistoryRecord | { readonly iteration: number })[]): string {
  requireObjects(records, 'records')
  const rows = records as readonly HistoryRecord[]
  const columns = new Set(['iteration'])
  for (const row of rows) {
    for (const [name, value] of Object.entries(row)) if (isScalar(value)) columns.add(name)
  }
  const names = [...columns]
  return toCsv(
    names,
    rows.map((row) => names.map((name) => (Object.hasOwn(row, name) ? row[name] : undefined))),
  )
}

async function readWholeLines(path: string): Promise<{ bytes: Uint8Array; length: number }> {
  try {
    const bytes = await readRegularFile(path, MAXIMUM_BYTES)
    return { bytes, length: bytes.lastIndexOf(LINE_FEED) + 1 }
  } catch (error) {
    if (error instanceof RobustFeaturesError && error.code === 'FILE_NOT_FOUND')
      return { bytes: new Uint8Array(), length: 0 }
    throw error
  }
}

function toLines(records: readonly HistoryRecord[]): string {
  return records.map((record) => `${JSON.stringify(record, withPlainArrays)}\n`).join('')
}

function withPlainArrays(_name: string, value: unknown): unknown {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) ? Array.from(value as Float64Array) : value
}

function parseRecord(line: string, place: string): HistoryRecord {
  let record: unknown
  try {
    record = JSON.parse(line)
  } catch (cause) {
    throw new RobustFeaturesError('INVALID_FILE', `Expected ${place} to be a line of JSON, got other text.`, {
      cause,
    })
  }
  if (isRecord(record)) return record
  throw new RobustFeaturesError(
    'INVALID_FILE',
    `Expected ${place} to be an object with an \`iteration\`, got another value.`,
  )
}

function isRecord(value: unknown): value is HistoryRecord {
  return (
    typeof value === 'object' &&
    value !== null &&
    'iteration' in value &&
    Number.isSafeInteger(value.iteration)
  )
}
