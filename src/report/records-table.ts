import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'
import type { Condition, ExperimentRecord } from '../analysis/record.js'
import { wrap } from './figure-text.js'

export interface RecordsTableOptions {
  readonly color: boolean
  /** Columns of the terminal; without limit where there is none (default). */
  readonly width?: number
}

/**
 * Records as a table for a terminal: one row a record, one line a condition; as a list where the table is wider than the
 * terminal. Plain text where there is no terminal.
 */
export function recordsTable(
  records: readonly ExperimentRecord[],
  { color, width = Number.POSITIVE_INFINITY }: RecordsTableOptions,
): string {
  const table = new Table({
    head: ['record', 'measured (95 % interval, n)', 'criterion', 'verdict'],
    style: color ? { head: ['bold'] } : { head: [], border: [] },
  })
  for (const { id, conditions, verdict } of records)
    table.push([
      id,
      conditions.map(measuredText).join('\n'),
      conditions.map(criterionText).join('\n'),
      verdict,
    ])
  const text = table.toString()
  const [line = ''] = stripVTControlCharacters(text).split('\n')
  return line.length <= width ? text : recordsList(records, width)
}

/** A paragraph a record: its id and verdict, then each condition, wrapped. */
function recordsList(records: readonly ExperimentRecord[], width: number): string {
  const indented = (text: string) =>
    wrap(text, width - 4).map((line, index) => `${index === 0 ? '  ' : '    '}${line}`)
  return records
    .map(({ id, conditions, verdict }) =>
      [
        ...wrap(`${id}: ${verdict}`, width),
        ...conditions.flatMap((condition) =>
          indented(`${criterionText(condition)}: ${measuredText(condition)}`),
        ),
      ].join('\n'),
    )
    .join('\n')
}

function criterionText({ criterion }: Condition): string {
  return criterion.text.replace('of the 95 % interval ', '')
}

function measuredText({ measured: { value, ci95, n } }: Condition): string {
  const interval = ci95 === null ? 'no interval' : `${short(ci95.lower)} … ${short(ci95.upper)}`
  return `${short(value)} (${interval}, n = ${n})`
}

function short(value: number): string {
  return value.toFixed(3)
}
