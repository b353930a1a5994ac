import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { inRunFolder } from '../../src/data/run-folder.js'
import { RobustFeaturesError } from '../../src/index.js'
import { type CellOutcome, type CellProgram, createCell, type SweepCell } from '../../src/sweeps/cell.js'
import { shareThreads } from '../../src/sweeps/cell-runner.js'
import { inProcessRunner } from '../../src/sweeps/in-process-runner.js'
import { processRunner } from '../../src/sweeps/process-runner.js'
import { cellDirectory } from '../../src/sweeps/run-cell.js'
import { runCells } from '../../src/sweeps/run-cells.js'
import { failure } from '../helpers/errors.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const module = new URL('../helpers/cell-program.mjs', import.meta.url)
const cellOf = (action: string, value = 0, more: object = {}) =>
  createCell({ action, value }, 1, { action, value, ...more })
const doubles = (count: number) => Array.from({ length: count }, (_, value) => cellOf('double', value))

async function inProcesses(
  cells: readonly SweepCell[],
  options: { directory?: string; threads?: number; failFast?: boolean; signal?: AbortSignal } = {},
) {
  const { directory = temporaryFolder(), threads = 2, signal = new AbortController().signal } = options
  const notes: string[] = []
  const seen: string[] = []
  const outcomes = await runCells(cells, {
    directory,
    runner: processRunner({ directory, threads, module }),
    signal,
    failFast: options.failFast ?? false,
    onOutcome: (cell) => seen.push(cell.id),
    note: (message) => notes.push(message),
  })
  return { directory, outcomes, notes, seen }
}

const resultOf = (outcome: CellOutcome | undefined) =>
  outcome?.status === 'finished' ? outcome.result : outcome?.error

describe('shareThreads', () => {
  it.each([
    [2, 10, [1, 1]],
    [5, 2, [3, 2]],
    [4, 1, [4]],
    [1, 9, [1]],
    [3, 0, [3]],
  ])('gives all of %i threads to at most %i cells', (threads, cells, shares) => {
    expect(shareThreads(threads, cells)).toEqual(shares)
  })
})

describe('cells in processes', () => {
  it('have results, by id, and folders of their own', async () => {
    const cells = doubles(9)
    const { directory, outcomes, seen } = await inProcesses(cells)
    expect(cells.map(({ id }) => resultOf(outcomes.get(id)))).toEqual(
      cells.map((_, value) => ({ doubled: 2 * value })),
    )
    expect(seen.toSorted()).toEqual(cells.map(({ id }) => id).toSorted())
    expect(readdirSync(join(directory, 'cells')).toSorted()).toEqual(seen.toSorted())
    expect(readdirSync(join(directory, 'cells', cells[0]!.id)).toSorted()).toEqual([
      'config.json',
      'own.txt',
      'result.json',
      'timings.json',
    ])
  })

  it('that throw or die fail alone', async () => {
    const bad = [cellOf('die'), cellOf('throw'), cellOf('exit')]
    const good = doubles(5)
    const cells = [...bad.slice(0, 1), ...good.slice(0, 3), ...bad.slice(1), ...good.slice(3)]
    const { directory, outcomes } = await inProcesses(cells)
    for (const { id } of good) expect(outcomes.get(id)?.status).toBe('finished')
    expect(bad.map(({ id }) => resultOf(outcomes.get(id)))).toEqual([
      {
        code: 'PROCESS_ENDED',
        message: "Expected the cell's process to live until the cell is done, got SIGKILL.",
      },
      { code: 'NATIVE_FAILURE', message: 'TypeError: no such thing' },
      {
        code: 'PROCESS_ENDED',
        message: "Expected the cell's process to live until the cell is done, got exit code 3.",
      },
    ])
    for (const { id } of bad)
      expect(JSON.parse(readFileSync(join(directory, 'cells', id, 'error.json'), 'utf8'))).toEqual(
        resultOf(outcomes.get(id)),
      )
  })

  it('that left their result before they died are finished', async () => {
    const cell = cellOf('die when done')
    const { outcomes } = await inProcesses([cell])
    expect(outcomes.get(cell.id)).toMatchObject({ status: 'finished', result: { doubled: 'in time' } })
  })

  it('wait until a process of a killed sweep has left their folder', async () => {
    const directory = temporaryFolder()
    const cell = cellOf('double', 4)
    const own = cellDirectory(directory, cell)
    let run: ReturnType<typeof inProcesses> | undefined
    await inRunFolder(own, { use: 'cell' }, async () => {
      run = inProcesses([cell], { directory })
      await delay(1000)
      expect(readdirSync(own)).toEqual(['.cell.lock'])
    })
    const { outcomes } = await run!
    expect(resultOf(outcomes.get(cell.id))).toEqual({ doubled: 8 })
  })

  it('fail each with the reason where the program does not even start', async () => {
    const directory = temporaryFolder()
    const module = pathToFileURL(join(directory, 'program.mjs'))
    writeFileSync(module, 'process.exit(1)')
    const cells = doubles(2)
    const outcomes = await runCells(cells, {
      directory,
      runner: processRunner({ directory, threads: 1, module }),
      signal: new AbortController().signal,
      onOutcome: () => {},
      note: () => {},
    })
    for (const { id } of cells) expect(resultOf(outcomes.get(id))).toMatchObject({ code: 'PROCESS_ENDED' })
  })

  it('share the threads', async () => {
    const log = join(temporaryFolder(), 'log')
    await inProcesses([cellOf('double', 1, { log }), cellOf('double', 2, { log })], { threads: 5 })
    expect(readFileSync(log, 'utf8').trim().split('\n').toSorted()).toEqual(['double 2', 'double 3'])
  })

  it('that are finished are read, those that failed are tried again', async () => {
    const cells = [...doubles(3), cellOf('throw')]
    const { directory } = await inProcesses(cells)
    const [first] = cells
    const result = join(directory, 'cells', first!.id, 'result.json')
    writeFileSync(result, '{"doubled":"as read"}')
    const again = await inProcesses(cells, { directory })
    expect(again.notes).toEqual(['3 of 4 cells are already finished. 1 failed before and is tried again.'])
    expect(again.seen).toEqual([cells[3]!.id])
    expect(resultOf(again.outcomes.get(first!.id))).toEqual({ doubled: 'as read' })
    // A file that is not whole is no result.
    writeFileSync(result, '{"doub')
    expect(resultOf((await inProcesses(cells, { directory })).outcomes.get(first!.id))).toEqual({
      doubled: 0,
    })
  })

  it('end after the first failure where that is asked for', async () => {
    const cells = [cellOf('throw'), ...doubles(50)]
    const { outcomes } = await inProcesses(cells, { threads: 1, failFast: true })
    expect(outcomes.get(cells[0]!.id)?.status).toBe('failed')
    expect(outcomes.size).toBeLessThan(cells.length)
  })

  it('end all together where one cannot write', async () => {
    const directory = temporaryFolder()
    const cells = doubles(30)
    mkdirSync(join(directory, 'cells'))
    writeFileSync(join(directory, 'cells', cells[3]!.id), 'a file in place of the folder')
    const message = await failure('WRITE_FAILED', () => inProcesses(cells, { directory }))
    expect(message).toContain(cells[3]!.id)
    const folders = readdirSync(join(directory, 'cells'), { recursive: true, encoding: 'utf8' })
    expect(folders.filter((path) => path.endsWith('.tmp'))).toEqual([])
    rmSync(join(directory, 'cells', cells[3]!.id))
    expect((await inProcesses(cells, { directory })).outcomes.size).toBe(30)
  })

  it.each(['wait', 'die when aborted'])('stop when they are aborted: %s', async (action) => {
    const directory = temporaryFolder()
    const controller = new AbortController()
    const cell = cellOf(action)
    const running = failure('ABORTED', () => inProcesses([cell], { directory, signal: controller.signal }))
    const own = join(directory, 'cells', cell.id, 'own.txt')
    while (!existsSync(own)) await new Promise((resolve) => setTimeout(resolve, 5))
    controller.abort()
    await running
    expect(existsSync(join(directory, 'cells', cell.id, 'error.json'))).toBe(false)
  })
})

describe('cells in this process', () => {
  it('run beside each other, and fail alone', async () => {
    const directory = temporaryFolder()
    let running = 0
    let most = 0
    let allRun = () => {}
    const three = new Promise<void>((resolve) => {
      allRun = resolve
    })
    const program: CellProgram = async (config) => {
      most = Math.max(most, ++running)
      if (running === 3) allRun()
      await three // a runner that never has three at once never ends
      running--
      const { value } = config as { value: number }
      if (value === 2) throw new RobustFeaturesError('DIVERGED', 'Too large.')
      return { value, missing: undefined, infinite: Number.POSITIVE_INFINITY }
    }
    const cells = doubles(6)
    const outcomes = await runCells(cells, {
      directory,
      runner: inProcessRunner({ directory, threads: 3, program }),
      signal: new AbortController().signal,
      onOutcome: () => {},
      note: () => {},
    })
    expect(most).toBe(3)
    expect(resultOf(outcomes.get(cells[2]!.id))).toEqual({ code: 'DIVERGED', message: 'Too large.' })
    // As a later session reads it.
    expect(resultOf(outcomes.get(cells[1]!.id))).toEqual({ value: 1, infinite: null })
  })
})
