import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import { type CellOutcome, createCell } from '../../src/sweeps/cell.js'
import { cellsToCsv, cellsToParquet, cellTable } from '../../src/sweeps/table.js'

const cells = [
  createCell({ 'network.activation': { kind: 'relu' }, rate: 0.1 }, 1, { cell: 1 }),
  createCell({ 'network.activation': { kind: 'polynomial', power: 3 }, rate: 1e30 }, 1, { cell: 2 }),
  createCell({ 'network.activation': 'none, "really"', rate: 0.2 }, 2, { cell: 3 }),
]
const outcomes = new Map<string, CellOutcome>([
  [
    cells[0]!.id,
    {
      status: 'finished',
      seconds: 1.5,
      result: {
        loss: 0.25,
        done: true,
        nothing: null,
        attacks: [
          { name: 'pgd', accuracy: 0.5 },
          { name: 'aligned', accuracy: 1 },
        ],
        learned: { robust: [0.1, 0.2] },
      },
    },
  ],
  [cells[1]!.id, { status: 'failed', seconds: 2, error: { code: 'DIVERGED', message: 'Too large, sadly.' } }],
])
const table = cellTable(cells, outcomes)

describe('the table of a sweep', () => {
  it('has one row a cell and one column a scalar, and no durations', () => {
    expect(cellsToCsv(table)).toBe(
      [
        'cell,network.activation,rate,seed,status,result.loss,result.done,result.nothing,result.attacks.0.name,result.attacks.0.accuracy,result.attacks.1.name,result.attacks.1.accuracy,result.learned.robust.0,result.learned.robust.1,error.code,error.message',
        `${cells[0]!.id},"{""kind"":""relu""}",0.1,1,finished,0.25,true,,pgd,0.5,aligned,1,0.1,0.2,,`,
        `${cells[1]!.id},"{""kind"":""polynomial"",""power"":3}",1e+30,1,failed,,,,,,,,,,DIVERGED,"Too large, sadly."`,
        `${cells[2]!.id},"none, ""really""",0.2,2,not run,,,,,,,,,,,`,
        '',
      ].join('\n'),
    )
  })

  it('is the same as Parquet, with types', async () => {
    const bytes = cellsToParquet(table)
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer
    const read = await parquetReadObjects({ file })
    expect(read).toEqual(
      table.rows.map((row) => Object.fromEntries(table.columns.map((name, column) => [name, row[column]]))),
    )
    const types = parquetMetadata(file).schema.slice(1)
    expect(types.map(({ name }) => name)).toEqual(table.columns)
    const typeOf = (wanted: string) => types.find(({ name }) => name === wanted)?.type
    expect(['rate', 'result.done', 'status', 'error.code'].map(typeOf)).toEqual([
      'DOUBLE',
      'BOOLEAN',
      'BYTE_ARRAY',
      'BYTE_ARRAY',
    ])
    expect(Buffer.from(cellsToParquet(table))).toEqual(Buffer.from(bytes))
  })

  it('tells elements of a list by name, and by position where names are not distinct', () => {
    const [cell] = cells
    const result = { flags: [{ name: 'a' }, { name: 'a' }], records: [{ id: 'b', value: 1 }] }
    const { columns } = cellTable(
      cells.slice(0, 1),
      new Map([[cell!.id, { status: 'finished', seconds: 0, result }]]),
    )
    expect(columns).toContain('result.flags.0.name')
    expect(columns).toContain('result.flags.1.name')
    expect(columns).toContain('result.records.b.value')
  })

  it('has the same columns for cells whose attacks have other names', () => {
    const some = cells.slice(0, 2)
    const results = some.map(({ id }, index): [string, CellOutcome] => [
      id,
      { status: 'finished', seconds: 0, result: { attacks: [{ name: `pgd-0.${index}`, accuracy: index }] } },
    ])
    const { columns, rows } = cellTable(some, new Map(results))
    expect(columns.slice(-4)).toEqual([
      'result.attacks.0.name',
      'result.attacks.0.accuracy',
      'error.code',
      'error.message',
    ])
    expect(rows.map((row) => row.slice(-4))).toEqual([
      ['pgd-0.0', 0, null, null],
      ['pgd-0.1', 1, null, null],
    ])
  })
})
