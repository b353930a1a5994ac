import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { HistoryFile, historyToCsv, readHistory } from '../../src/training/history-file.js'
import { failure } from '../helpers/errors.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const records = [0, 10, 20, 30].map((iteration) => ({ iteration, loss: 1 / (iteration + 1) }))
const newPath = () => join(temporaryFolder(), 'history.jsonl')

describe('HistoryFile', () => {
  it('appends lines and reads them back, over several openings', async () => {
    const path = newPath()
    const first = await HistoryFile.open(path)
    expect(await first.read()).toEqual([])
    await first.append(records.slice(0, 2))
    await first.append([])
    const second = await HistoryFile.open(path)
    await second.append(records.slice(2))
    expect(await readHistory(path)).toEqual(records)
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(5)
  })

  it('writes typed arrays as arrays and non-finite numbers as null', async () => {
    const path = newPath()
    const file = await HistoryFile.open(path)
    await file.append([
      { iteration: 1, loss: Number.NaN, products: Float64Array.of(1.5, Number.POSITIVE_INFINITY) },
    ])
    expect(await file.read()).toEqual([{ iteration: 1, loss: null, products: [1.5, null] }])
  })

  it('drops a half-written last line, so that the next one starts a line', async () => {
    const path = newPath()
    await (await HistoryFile.open(path)).append(records.slice(0, 2))
    for (const half of ['{"iteration":20,"lo', '{"iteration":20}', '"ä'.slice(0, 2)]) {
      appendFileSync(path, half)
      expect(await readHistory(path)).toEqual(records.slice(0, 2))
      await HistoryFile.open(path)
    }
    await (await HistoryFile.open(path)).append(records.slice(2))
    expect(await readHistory(path)).toEqual(records)
  })

  it('drops the only line when it is half-written', async () => {
    const path = newPath()
    writeFileSync(path, '{"iter')
    expect(await readHistory(path)).toEqual([])
    expect(await (await HistoryFile.open(path)).read()).toEqual([])
    expect(readFileSync(path, 'utf8')).toBe('')
  })

  it('truncates from an iteration on', async () => {
    const path = newPath()
    const file = await HistoryFile.open(path)
    await file.append(records)
    await file.truncateFrom(20)
    expect(await file.read()).toEqual(records.slice(0, 2))
    await file.truncateFrom(11)
    expect(await file.read()).toEqual(records.slice(0, 2))
    await file.truncateFrom(0)
    expect(await file.read()).toEqual([])
    await file.append(records.slice(3))
    expect(await file.read()).toEqual(records.slice(3))
    expect(readdirSync(join(path, '..'))).toEqual(['history.jsonl'])
  })

  it('names a damaged line in the middle', async () => {
    const path = newPath()
    writeFileSync(path, '{"iteration":0}\n{"iter\n{"iteration":2}\n')
    expect(await failure('INVALID_FILE', () => readHistory(path))).toBe(
      `Expected ${path}:2 to be a line of JSON, got other text.`,
    )
    for (const line of ['5', 'null', '[]', '{}', '{"iteration":"1"}']) {
      writeFileSync(path, `${line}\n`)
      expect(await failure('INVALID_FILE', () => readHistory(path))).toContain(`${path}:1 to be an object`)
    }
  })

  it('fails clearly where it cannot write', async () => {
    const path = join(temporaryFolder(), 'missing', 'history.jsonl')
    const file = await HistoryFile.open(path)
    expect(await failure('WRITE_FAILED', () => file.append(records))).toContain(path)
  })
})

describe('historyToCsv', () => {
  it('has a column for every scalar field, iteration first', () => {
    const csv = historyToCsv([
      { loss: 0.5, iteration: 0, products: [1, 2], note: 'a,"b"\nc' },
      { iteration: 10, loss: null, diverged: true },
    ])
    expect(csv).toBe('iteration,loss,note,diverged\n0,0.5,"a,""b""\nc",\n10,,,true\n')
  })

  it('is a header alone for no records', () => {
    expect(historyToCsv([])).toBe('iteration\n')
  })
})
