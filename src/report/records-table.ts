import Table from 'cli-table3'
import type { Condition, ExperimentRecord } from '../analysis/record.js'

/** Records as a table for a terminal: one row a record, one line a condition. Plain text where there is no terminal. */
export function recordsTable(records: readonly ExperimentRecord[], { color }: { color: boolean }): string {
  const table = new Table({
    head: ['record', 'measured (95 % interval, n)', 'criterion', 'verdict'],
    style: color ? { head: ['bold'] } : { head: [], border: [] },
  })
  for (const { id, conditions, verdict } of records) {
    table.push([
      id,
      conditions.map(measuredText).join('\n'),
      conditions.map(({ criterion }) => criterion.text.replace('of the 95 % interval ', '')).join('\n'),
      verdict,
    ])
  }
  return table.toString()
}

function measuredText({ measured: { value, ci95, n } }: Condition): string {
  const interval = ci95 === null ? 'no interval' : `${short(ci95.lower)} … ${short(ci95.upper)}`
  return `${short(value)} (${interval}, n = ${n})`
}

function short(value: number): string {
  return value.toFixed(3)
}
