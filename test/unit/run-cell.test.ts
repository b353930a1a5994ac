import { readdirSync } from 'node:fs'
import { expect, it, vi } from 'vitest'
import { inRunFolder } from '../../src/data/run-folder.js'
import { createCell, type SweepCell } from '../../src/sweeps/cell.js'
import { inProcessRunner } from '../../src/sweeps/in-process-runner.js'
import { cellDirectory } from '../../src/sweeps/run-cell.js'
import { runCells } from '../../src/sweeps/run-cells.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

vi.mock('../../src/data/run-folder.js', async (original) => {
  const actual = await original<typeof import('../../src/data/run-folder.js')>()
  const impatient: typeof inRunFolder = (folder, options, work) =>
    actual.inRunFolder(folder, { ...options, patienceSeconds: 0 }, work)
  return { ...actual, inRunFolder: impatient }
})

it('a cell whose folder another process does not leave has failed, and the others go on', async () => {
  const directory = temporaryFolder()
  const cells = [1, 2, 3].map((value) => createCell({ value }, 1, { value }))
  const [taken] = cells as [SweepCell]
  const program = async (config: unknown) => config
  const run = () =>
    runCells(cells, {
      directory,
      runner: inProcessRunner({ directory, threads: 1, program }),
      signal: new AbortController().signal,
      onOutcome: () => {},
      note: () => {},
    })
  const own = cellDirectory(directory, taken)
  await inRunFolder(own, { use: 'cell' }, async () => {
    const outcomes = [...(await run()).values()]
    expect(outcomes).toMatchObject([
      { status: 'failed', error: { code: 'RUN_FOLDER_IN_USE' } },
      { status: 'finished', result: { value: 2 } },
      { status: 'finished', result: { value: 3 } },
    ])
    expect(readdirSync(own)).toEqual(['.cell.lock'])
  })
  expect((await run()).get(taken.id)).toMatchObject({ status: 'finished', result: { value: 1 } })
})
