import { parquetWriteBuffer } from 'hyparquet-writer'
import { isScalar, toCsv } from '../data/csv.js'
import { type CellOutcome, parameterText, type SweepCell } from './cell.js'

export type TableValue = number | string | boolean | null

/** One row a cell, one column a number, text or boolean; null where a cell has no such value. */
export interface CellTable {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly TableValue[])[]
}

/**
 * The tidy table of a sweep: `cell`, the parameters, `seed`, `status` (`finished`, `failed`, `not run`), the scalars of
 * the results as `result.<path>`, `error.code`, `error.message`. Nothing in it depends on how fast or where cells ran.
 */
export function cellTable(
  cells: readonly SweepCell[],
  outcomes: ReadonlyMap<string, CellOutcome>,
): CellTable {
  const records = cells.map((cell) => cellRow(cell, outcomes.get(cell.id)))
  const last = ['error.code', 'error.message']
  const names = new Set(records.flatMap((record) => [...record.keys()]))
  const columns = [...[...names].filter((name) => !last.includes(name)), ...last]
  return { columns, rows: records.map((record) => columns.map((name) => record.get(name) ?? null)) }
}

/** The table as RFC 4180 text; null is an empty cell. */
export function cellsToCsv({ columns, rows }: CellTable): string {
  return toCsv(columns, rows)
}

/** The table as Parquet: columns of numbers are DOUBLE, of booleans BOOLEAN, all others STRING. */
export function cellsToParquet({ columns, rows }: CellTable): Uint8Array {
  const columnData = columns.map((name, position) => {
    const values = rows.map((row) => row[position] ?? null)
    const type = columnType(values)
    const data = type === 'STRING' ? values.map((value) => (value === null ? null : String(value))) : values
    return { name, data, type, nullable: true }
  })
  return new Uint8Array(parquetWriteBuffer({ columnData }))
}

function cellRow(cell: SweepCell, outcome: CellOutcome | undefined): Map<string, TableValue> {
  const row = new Map<string, TableValue>([['cell', cell.id]])
  for (const [name, value] of Object.entries(cell.parameters))
    row.set(name, isScalar(value) ? value : parameterText(value))
  row.set('seed', cell.seed)
  row.set('status', outcome?.status ?? 'not run')
  if (outcome?.status === 'finished') addScalars(row, 'result', outcome.result)
  if (outcome?.status === 'failed') addScalars(row, 'error', outcome.error)
  return row
}

/**
 * Adds what is under `value` by its path; elements of a list go by their names where those are distinct, else by
 * position. Attacks always do the latter, for their names have the radius and other values that a sweep may vary.
 */
function addScalars(row: Map<string, TableValue>, path: string, value: unknown): void {
  if (isScalar(value)) {
    row.set(path, value)
  } else if (typeof value === 'object' && value !== null) {
    const names = Array.isArray(value) && !path.endsWith('.attacks') ? elementNames(value) : undefined
    for (const [position, [key, field]] of Object.entries(value).entries())
      addScalars(row, `${path}.${names?.[position] ?? key}`, field)
  }
}

function elementNames(list: readonly unknown[]): string[] | undefined {
  const names = list.flatMap((element) => {
    const { name, id } = Object(element) as { name?: unknown; id?: unknown }
    return [name, id].filter((text) => typeof text === 'string').slice(0, 1)
  })
  return new Set(names).size === list.length ? names : undefined
}

function columnType(values: readonly TableValue[]): 'DOUBLE' | 'BOOLEAN' | 'STRING' {
  const types = new Set(values.filter((value) => value !== null).map((value) => typeof value))
  if (types.size === 1 && types.has('number')) return 'DOUBLE'
  return types.size === 1 && types.has('boolean') ? 'BOOLEAN' : 'STRING'
}
