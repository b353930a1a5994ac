import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  adversarial,
  createImageDataset,
  PatchData,
  PatchNetwork,
  pgd,
  readHistory,
  relu,
  standard,
  type TrainingResult,
  type TrainOptions,
  train,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { smallDistribution, smallNetwork } from '../helpers/library-cases.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const features = smallDistribution()
const data = await features.sample(24)
const network = smallNetwork()

/** Everything a checkpoint must carry counts here: velocity, batch order, random starts, schedule. */
const options = {
  objective: adversarial(pgd({ radius: 0.1, steps: 2, randomStart: true })),
  learningRate: (t, T) => 0.05 * (1 - t / T),
  iterations: 20_000,
  momentum: 0.5,
  batchSize: 16,
  seed: 11,
  record: { every: 500, features },
  threads: 1,
} as const satisfies TrainOptions

const short = { ...options, iterations: 40, record: { every: 10, features } }

/** Trains until the first record of `from` or later arrives, or to the end; gives the iteration it was stopped at. */
async function interrupted(directory: string, from = 0): Promise<{ resumedAt: number; warning?: string }> {
  const controller = new AbortController()
  const run = train(network, data, { ...options, checkpoint: { directory }, signal: controller.signal })
  const start = await run.started
  await failure('ABORTED', async () => {
    for await (const { iteration } of run) if (iteration >= from) controller.abort()
  })
  return start.warning === undefined
    ? { resumedAt: start.resumedAt }
    : { resumedAt: start.resumedAt, warning: start.warning }
}

const resume = (directory: string, changes: Partial<TrainOptions> = {}) =>
  train(network, data, { ...options, ...changes, checkpoint: { directory } })

let reference: Promise<TrainingResult> | undefined
function uninterrupted(): Promise<TrainingResult> {
  reference ??= train(network, data, options).finished
  return reference
}

async function expectUninterrupted(directory: string, result: TrainingResult): Promise<void> {
  const expected = await uninterrupted()
  expect(result.network.weights).toEqual(expected.network.weights)
  expect(result.history).toEqual(expected.history)
  const iterations = (await readHistory(join(directory, 'history.jsonl'))).map(({ iteration }) => iteration)
  expect(iterations).toEqual(expected.history.map(({ iteration }) => iteration))
}

const halve = (path: string) => truncateSync(path, Math.floor(readFileSync(path).length / 2))

describe('a run with checkpoints', () => {
  it('has the bits of one without', async () => {
    const directory = join(temporaryFolder(), 'new', 'folder')
    const withCheckpoints = train(network, data, { ...short, checkpoint: { directory, everySeconds: 0 } })
    expect(await withCheckpoints.started).toEqual({ resumedAt: 0, warning: undefined })
    expect(await withCheckpoints.finished).toEqual(await train(network, data, short).finished)
  })

  it('aborted and resumed ends as if it had not been', async () => {
    const directory = temporaryFolder()
    await interrupted(directory)
    const stopped = (await resumedAtOf(directory)).resumedAt
    expect(stopped).toBeGreaterThan(0)
    expect(stopped).toBeLessThan(options.iterations)
    const run = resume(directory, { threads: 2 })
    const { resumedAt, warning } = await run.started
    // Asking where it stopped has taken it a little further.
    expect(resumedAt).toBeGreaterThanOrEqual(stopped)
    expect(warning).toBeUndefined()
    await expectUninterrupted(directory, await run.finished)
  })

  it('gives the records before the interruption again', async () => {
    const directory = temporaryFolder()
    await interrupted(directory)
    const seen: number[] = []
    for await (const { iteration } of resume(directory)) seen.push(iteration)
    expect(seen).toEqual((await uninterrupted()).history.map(({ iteration }) => iteration))
  })

  it('falls back to the previous checkpoint when the newest is cut in half, and says so', async () => {
    const directory = temporaryFolder()
    await interrupted(directory)
    const { resumedAt: first } = await interrupted(directory, 4000)
    expect(first).toBeGreaterThan(0)
    const newest = join(directory, 'checkpoint.safetensors')
    expect(existsSync(join(directory, 'checkpoint.previous.safetensors'))).toBe(true)
    halve(newest)
    const run = resume(directory)
    const { resumedAt, warning } = await run.started
    expect(resumedAt).toBe(first)
    expect(warning).toContain(newest)
    expect(warning).toMatch(
      new RegExp(`damaged .*; continuing from the previous one at iteration ${first}\\.$`),
    )
    await expectUninterrupted(directory, await run.finished)
  })

  it('starts anew when no checkpoint is intact, and says so', async () => {
    const directory = temporaryFolder()
    await interrupted(directory)
    halve(join(directory, 'checkpoint.safetensors'))
    writeFileSync(join(directory, 'checkpoint.previous.safetensors'), 'nonsense')
    const names = ['checkpoint.previous.safetensors', 'checkpoint.safetensors', 'history.jsonl']
    const before = names.map((name) => readFileSync(join(directory, name)))
    const run = resume(directory)
    const { resumedAt, warning } = await run.started
    expect(resumedAt).toBe(0)
    const aside = join(directory, 'set-aside-1')
    expect(warning).toMatch(/no other is left, so training starts anew; what was there is kept in \S+\.$/)
    expect(warning).toContain(aside)
    await expectUninterrupted(directory, await run.finished)
    // Nothing is lost: someone may still read what the program could not.
    expect(readdirSync(aside).sort()).toEqual(names)
    expect(names.map((name) => readFileSync(join(aside, name)))).toEqual(before)
  })

  it('starts anew when it had come to no checkpoint, without records of the first attempt', async () => {
    const directory = temporaryFolder()
    await interrupted(directory)
    for (const name of readdirSync(directory))
      if (name.startsWith('checkpoint')) rmSync(join(directory, name))
    const run = resume(directory)
    expect(await run.started).toEqual({ resumedAt: 0, warning: undefined })
    await expectUninterrupted(directory, await run.finished)
  })

  it('drops half a line that a crash left in the history', async () => {
    const directory = temporaryFolder()
    await interrupted(directory)
    const history = join(directory, 'history.jsonl')
    writeFileSync(history, `${readFileSync(history, 'utf8')}{"iteration":123,"lo`)
    await expectUninterrupted(directory, await resume(directory).finished)
  })

  it('is aborted while its folder is being opened', async () => {
    const controller = new AbortController()
    const run = train(network, data, {
      ...options,
      checkpoint: { directory: temporaryFolder() },
      signal: controller.signal,
    })
    // By now the run is past its first look at the signal and waits for the file system.
    await Promise.resolve()
    controller.abort()
    await failure('ABORTED', () => run.finished)
  })

  it('that is finished is read, not run again', async () => {
    const directory = temporaryFolder()
    const first = await resume(directory, short).finished
    const again = resume(directory, short)
    expect(await again.started).toEqual({ resumedAt: 40, warning: undefined })
    expect(await again.finished).toEqual(first)
  })
})

describe('the folder of another run', () => {
  it.each<[string, Partial<TrainOptions>]>([
    ['seed', { seed: 12 }],
    ['learning rate', { learningRate: 0.05 }],
    ['number of iterations', { iterations: 41 }],
    ['momentum', { momentum: 0 }],
    ['batch size', { batchSize: 8 }],
    ['attack', { objective: adversarial(pgd({ radius: 0.2 })) }],
    ['records', { record: { every: 20, features } }],
  ])('is refused when it differs in %s', async (_, changes) => {
    const directory = temporaryFolder()
    await resume(directory, short).finished
    const other = resume(directory, { ...short, ...changes })
    expect(await failure('INVALID_ARGUMENT', () => other.finished)).toMatch(
      /^Expected `checkpoint\.directory` to hold .*, got that of another training in .*checkpoint\.safetensors; choose/,
    )
    await failure('INVALID_ARGUMENT', () => other.started)
    // What was there is still there.
    expect(await resume(directory, short).started).toMatchObject({ resumedAt: 40 })
  })

  it('is refused when it differs in network or data', async () => {
    const directory = temporaryFolder()
    await resume(directory, short).finished
    const checkpoint = { directory }
    const other = await features.sample(24, { stream: 'test' })
    const cases = [
      [smallNetwork({ seed: 6 }), data],
      [smallNetwork({ activation: relu() }), data],
      [network, other],
    ] as const
    for (const [network, data] of cases)
      await failure('INVALID_ARGUMENT', () => train(network, data, { ...short, checkpoint }).finished)
  })

  it('is refused when the same images are cut otherwise', async () => {
    const images = createImageDataset({
      name: 'tiny',
      images: Uint8Array.from({ length: 50 }, (_, index) => index),
      labels: Uint8Array.of(0, 1),
      height: 5,
      width: 5,
      channels: 1,
      classes: 2,
    })
    const network = PatchNetwork.initialize({ classes: 2, dimension: 9, filtersPerClass: 1, seed: 1 })
    const checkpoint = { directory: temporaryFolder() }
    const run = (stride: number) =>
      train(network, PatchData.fromImages(images, { window: 3, stride }), {
        objective: standard(),
        learningRate: 0.1,
        iterations: 5,
        checkpoint,
      })
    await run(1).finished
    await failure('INVALID_ARGUMENT', () => run(2).finished)
  })

  it('may use other threads and another rhythm', async () => {
    const directory = temporaryFolder()
    const first = await resume(directory, short).finished
    const again = train(network, data, {
      ...short,
      threads: 3,
      checkpoint: { directory, everySeconds: 0.5 },
    })
    expect(await again.finished).toEqual(first)
  })
})

describe('a folder that another run is using', () => {
  it('is left to that run', async () => {
    const directory = temporaryFolder()
    const first = resume(directory)
    await first.started
    const second = resume(directory, { ...short, seed: 3 })
    expect(await failure('RUN_FOLDER_IN_USE', () => second.finished)).toContain(
      `Expected no other run in ${directory}, got one of process ${process.pid} on `,
    )
    await failure('RUN_FOLDER_IN_USE', () => second.started)
    await expectUninterrupted(directory, await first.finished)
    expect(await resume(directory).started).toMatchObject({ resumedAt: options.iterations })
  })

  it('has no half-written files of a killed process', async () => {
    const directory = temporaryFolder()
    mkdirSync(join(directory, 'snapshots'))
    const half = '.checkpoint.safetensors.6f9619ff-8b86-4d11-b42d-00c04fc964ff.tmp'
    for (const name of [half, join('snapshots', half)]) writeFileSync(join(directory, name), '')
    await resume(directory, short).finished
    expect(readdirSync(directory).toSorted()).toEqual([
      'checkpoint.safetensors',
      'history.jsonl',
      'snapshots',
    ])
    expect(readdirSync(join(directory, 'snapshots'))).toEqual([])
  })
})

describe('a folder that cannot be used', () => {
  it('is named when it lies below a file', async () => {
    const file = join(temporaryFolder(), 'file')
    writeFileSync(file, '')
    const run = resume(join(file, 'run'), short)
    expect(await failure('WRITE_FAILED', () => run.finished)).toContain(join(file, 'run'))
    await failure('WRITE_FAILED', () => run.started)
  })

  it('is named when a folder stands in the way of a file', async () => {
    const directory = temporaryFolder()
    mkdirSync(join(directory, 'history.jsonl'))
    const run = resume(directory, short)
    await expect(run.finished).rejects.toMatchObject({
      code: expect.stringMatching(/^(WRITE_FAILED|INVALID_FILE)$/),
      message: expect.stringContaining('history.jsonl'),
    })
    expect(readdirSync(directory)).toEqual(['history.jsonl'])
  })
})

/** Where a resumption would begin; nothing is trained. */
async function resumedAtOf(directory: string): Promise<{ resumedAt: number }> {
  const controller = new AbortController()
  const run = resume(directory, { signal: controller.signal })
  const start = await run.started
  controller.abort()
  await failure('ABORTED', () => run.finished)
  return start
}
