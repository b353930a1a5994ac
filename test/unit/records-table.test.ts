import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { recordsTable } from '../../src/report/records-table.js'
import { exampleRecord } from '../helpers/run-folder.js'

describe('recordsTable', () => {
  const records = [exampleRecord(), exampleRecord({ id: 'standard-training/again' })]
  const plain = recordsTable(records, { color: false })
  const wide = plain.indexOf('\n')

  it('is a table wherever it fits, coloured or not', () => {
    expect(plain).toMatch(/│ standard-training +│ 2\.600 \(2\.352 … 2\.848, n = 3\) │ lower end of v\/u ≥ 2 /)
    expect(stripVTControlCharacters(recordsTable(records, { color: true, width: wide }))).toBe(plain)
  })

  it('is a list that fits where the table does not', () => {
    for (const width of [wide - 1, 60, 30]) {
      const lines = recordsTable(records, { color: true, width }).split('\n')
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width)
    }
    expect(recordsTable(records.slice(0, 1), { color: true, width: 80 }).split('\n')).toEqual([
      'standard-training: not reproduced',
      '  lower end of v/u ≥ 2: 2.600 (2.352 … 2.848, n = 3)',
      '  lower end of clean accuracy ≥ 0.99: 0.600 (0.352 … 0.848, n = 3)',
    ])
  })
})
