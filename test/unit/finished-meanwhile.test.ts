import { expect, it, vi } from 'vitest'
import { inRunFolder } from '../../src/data/run-folder.js'
import { ConfigFiles } from '../../src/experiments/config-files.js'
import { runConfiguredTraining } from '../../src/experiments/configured-training.js'
import type { Experiment } from '../../src/experiments/experiment.js'
import { runExperiment } from '../../src/experiments/run-experiment.js'
import { createCell } from '../../src/sweeps/cell.js'
import { runCell } from '../../src/sweeps/run-cell.js'
import { COUNT, extract, robust } from '../helpers/extraction-cases.js'
import { describeLayered } from '../helpers/layered-cases.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { tinyTraining } from '../helpers/training-config.js'

vi.mock('../../src/data/run-folder.js', async (original) => {
  const actual = await original<typeof import('../../src/data/run-folder.js')>()
  return { ...actual, inRunFolder: vi.fn(actual.inRunFolder) }
})

const signal = new AbortController().signal

/** Does `work`, in whose way `other` comes: once `work` has looked at its folder, and before it has the lock of it. */
async function overtaken<Result>(work: () => Promise<Result>, other: () => Promise<unknown>) {
  const actual = vi.mocked(inRunFolder).getMockImplementation()!
  vi.mocked(inRunFolder).mockImplementationOnce(async (...given) => {
    await other()
    return actual(...given)
  })
  return work()
}

it('an experiment that another process has finished meanwhile is read', async () => {
  let runs = 0
  const experiment: Experiment = {
    id: 'fake',
    title: 'A fake',
    claim: 'It runs',
    source: 'nowhere',
    presets: { smoke: {}, quick: {}, full: {} },
    defaultSeeds: { smoke: 1, quick: 1, full: 1 },
    async run() {
      runs++
      return { records: [], flags: [], figures: [] }
    },
  }
  const directory = temporaryFolder()
  const reporter = { progress: () => {}, note: () => {} }
  const start = () =>
    runExperiment(experiment, { scale: 'smoke', seeds: [1], threads: 1, signal, directory, reporter })
  expect(await overtaken(start, start)).toMatchObject({ finishedBefore: true })
  expect(runs).toBe(1)
})

it('so is a configured training', async () => {
  const directory = temporaryFolder()
  const notes: string[] = []
  const reporter = { progress: () => {}, note: (message: string) => notes.push(message) }
  const files = new ConfigFiles('.')
  const start = () => runConfiguredTraining(tinyTraining, { directory, files, threads: 1, signal, reporter })
  let first: unknown
  const second = await overtaken(start, async () => {
    first = await start()
  })
  expect(second).toEqual(first)
  expect(notes.at(-1)).toBe(`train: already finished in ${second.directory}.`)
})

it('so is a cell of a sweep', async () => {
  const cell = createCell({}, 1, {})
  const context = { directory: temporaryFolder(), threads: 1, signal }
  let runs = 0
  const start = () => runCell(cell, async () => ++runs, context)
  expect(await overtaken(start, start)).toMatchObject({ status: 'finished', result: 1 })
  expect(runs).toBe(1)
})

describeLayered('so are', () => {
  it('constructed images', async () => {
    const directory = temporaryFolder()
    const progress: number[][] = []
    const start = () => extract({ ...robust, directory })
    const onProgress = (...given: number[]) => progress.push(given)
    await overtaken(() => extract({ ...robust, directory, onProgress }), start)
    expect(progress).toEqual([[COUNT, COUNT, COUNT]])
  })
})
