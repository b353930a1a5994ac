import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  adversarial,
  LayeredNetwork,
  type LayeredTrainOptions,
  PatchNetwork,
  pgd,
  type RunStart,
  readSafetensors,
  type Snapshot,
  sgd,
  standard,
  type TrainingResult,
  type TrainOptions,
  train,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import {
  describeLayered,
  learnableImageData,
  randomNetwork,
  trainableLayers,
} from '../helpers/layered-cases.js'
import { smallDistribution, smallNetwork } from '../helpers/library-cases.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const features = smallDistribution()
const patches = await features.sample(24)

const patchOptions = {
  objective: adversarial(pgd({ radius: 0.1, steps: 2, randomStart: true })),
  learningRate: 0.05,
  iterations: 23,
  momentum: 0.5,
  batchSize: 16,
  seed: 11,
  record: { every: 4, features },
} as const satisfies TrainOptions

const ofPatches = (change: Partial<TrainOptions> = {}) =>
  train(smallNetwork(), patches, { ...patchOptions, ...change })

const imageOptions = {
  objective: adversarial(pgd({ norm: 'linf', radius: 0.05, steps: 2, randomStart: true })),
  learningRate: 0.05,
  iterations: 10,
  batchSize: 6,
  optimizer: sgd({ momentum: 0.9 }),
  augmentation: { padding: 1, flip: true },
  seed: 4,
} as const satisfies LayeredTrainOptions

function ofImages(change: Partial<LayeredTrainOptions> = {}) {
  const data = learnableImageData(2, { count: 23 })
  return train(randomNetwork(trainableLayers, data), data, { ...imageOptions, ...change })
}

type Numbers = readonly (readonly [number, readonly (Float32Array | Float64Array)[]])[]

function numbersOf(snapshots: readonly Snapshot<PatchNetwork | LayeredNetwork>[]): Numbers {
  return snapshots.map(({ iteration, network }) => [
    iteration,
    network instanceof PatchNetwork ? [network.weights] : [network.parameters, network.statistics],
  ])
}

const weightsOf = ({ network }: TrainingResult) => network.weights

describe('snapshots of a patch network', () => {
  it('are what training of so many iterations gives, and change nothing', async () => {
    const { snapshots, ...plain } = await ofPatches().finished
    expect(snapshots).toEqual([])
    const result = await ofPatches({ snapshots: { every: 5 } }).finished
    expect(result).toEqual({ ...plain, snapshots: result.snapshots })
    expect(result.snapshots.map(({ iteration }) => iteration)).toEqual([0, 5, 10, 15, 20, 23])
    for (const { iteration, network } of result.snapshots) {
      expect(network.weights).toEqual(weightsOf(await ofPatches({ iterations: iteration }).finished))
    }
  })

  it('are the same for any number of threads', async () => {
    const one = await ofPatches({ snapshots: { every: 3 }, threads: 1 }).finished
    expect(await ofPatches({ snapshots: { every: 3 }, threads: 3 }).finished).toEqual(one)
  })

  it.each([
    [0, 5, [0]],
    [10, 5, [0, 5, 10]],
    [3, 5, [0, 3]],
  ])('of %i iterations every %i are after %j', async (iterations, every, expected) => {
    const { snapshots } = await ofPatches({ iterations, snapshots: { every } }).finished
    expect(snapshots.map(({ iteration }) => iteration)).toEqual(expected)
  })

  it.each([0, -1, 1.5])('are not taken every %d iterations', async (every) => {
    expect(await failure('INVALID_ARGUMENT', () => ofPatches({ snapshots: { every } }))).toContain(
      '`snapshots.every`',
    )
  })

  it('leave a loss that is no longer finite its own error', async () => {
    const diverging = { learningRate: 3e38, objective: standard(), snapshots: { every: 1 } }
    await failure('DIVERGED', () => ofPatches(diverging).finished)
  })
})

/** Interrupts a run in its folder again and again, at any iteration, until it ends. */
async function resumed<Result>(
  start: (options: {
    checkpoint: { directory: string; everySeconds: number }
    signal?: AbortSignal
    threads: number
  }) => AsyncIterable<{ iteration: number }> & { started: Promise<RunStart>; finished: Promise<Result> },
  directory: string,
): Promise<Result> {
  const checkpoint = { directory, everySeconds: 0 }
  for (let turn = 0; turn < 3; turn++) {
    const controller = new AbortController()
    const run = start({ checkpoint, signal: controller.signal, threads: 1 + turn })
    let seen = 0
    try {
      for await (const _ of run) if (++seen > 1 + 2 * turn) controller.abort()
    } catch (error) {
      expect(error).toMatchObject({ code: 'ABORTED' })
    }
  }
  const last = start({ checkpoint, threads: 2 })
  expect((await last.started).resumedAt).toBeGreaterThan(0)
  return last.finished
}

describe('snapshots in a run folder', () => {
  const long = { iterations: 4000, record: { every: 500 }, snapshots: { every: 700 } }
  const every = { snapshots: { every: 5 } }

  it('are all there after interruptions, with the same bits, as files too', async () => {
    const directory = temporaryFolder()
    const whole = await ofPatches(long).finished
    expect(await resumed((execution) => ofPatches({ ...long, ...execution }), directory)).toEqual(whole)
    const folder = join(directory, 'snapshots')
    expect(readdirSync(folder)).toHaveLength(7)
    for (const { iteration, network } of whole.snapshots) {
      expect(await PatchNetwork.load(join(folder, `${iteration}.safetensors`))).toEqual(network)
    }
  })

  it.each<[string, (folder: string) => void]>([
    ['missing', (folder) => rmSync(join(folder, '10.safetensors'))],
    ['swapped', (folder) => renameSync(join(folder, '5.safetensors'), join(folder, '0.safetensors'))],
    ['not there at all', (folder) => rmSync(folder, { recursive: true })],
  ])('make training start anew where one is %s, which is said', async (_, spoil) => {
    const directory = temporaryFolder()
    const whole = await ofPatches({ ...every, checkpoint: { directory } }).finished
    const history = readFileSync(join(directory, 'history.jsonl'), 'utf8')
    spoil(join(directory, 'snapshots'))
    const run = ofPatches({ ...every, checkpoint: { directory } })
    const { resumedAt, warning } = await run.started
    expect(resumedAt).toBe(0)
    expect(warning).toMatch(
      /^A snapshot is missing or damaged \(.*\), so training starts anew; the earlier .* kept in .*set-aside-1\.$/,
    )
    expect(await run.finished).toEqual(whole)
    const aside = join(directory, 'set-aside-1')
    expect(readdirSync(aside).sort()).toEqual(['checkpoint.safetensors', 'history.jsonl'])
    expect(readFileSync(join(aside, 'history.jsonl'), 'utf8')).toBe(history)
  })

  it('damaged after the previous checkpoint let the run go on from there', async () => {
    const directory = temporaryFolder()
    const checkpoint = { directory, everySeconds: 0 }
    const whole = await ofPatches({ ...long, checkpoint }).finished
    const previous = await readSafetensors(join(directory, 'checkpoint.previous.safetensors'))
    rmSync(join(directory, 'snapshots', '4000.safetensors'))
    const run = ofPatches({ ...long, checkpoint })
    const { resumedAt, warning } = await run.started
    expect(resumedAt).toBe(Number(previous.metadata.iteration))
    expect(warning).toMatch(/; continuing from the previous checkpoint at iteration \d+\.$/)
    expect(await run.finished).toEqual(whole)
  })

  it.each([join('snapshots', '10.safetensors'), 'checkpoint.safetensors'])(
    'that the operating system refuses to read are no damage: %s',
    async (name) => {
      const directory = temporaryFolder()
      await ofPatches({ ...every, checkpoint: { directory } }).finished
      const path = join(directory, name)
      const bytes = readFileSync(path)
      rmSync(path)
      // A link to itself cannot be read, not even by the system's administrator.
      symlinkSync(path, path)
      const refused = ofPatches({ ...every, checkpoint: { directory } })
      expect(await failure('INVALID_FILE', () => refused.finished)).toContain('ELOOP')
      rmSync(path)
      writeFileSync(path, bytes)
      const again = ofPatches({ ...every, checkpoint: { directory } })
      expect(await again.started).toEqual({ resumedAt: 23, warning: undefined })
      await again.finished
    },
  )

  it('come to a run that had taken none', async () => {
    const directory = temporaryFolder()
    await ofPatches({ checkpoint: { directory } }).finished
    const run = ofPatches({ ...every, checkpoint: { directory } })
    expect((await run.started).warning).toContain('training starts anew')
    expect(await run.finished).toEqual(await ofPatches(every).finished)
    expect(existsSync(join(directory, 'set-aside-1', 'checkpoint.safetensors'))).toBe(true)
  })
})

describeLayered('snapshots of a layered network', () => {
  it('are what training of so many updates gives, an epoch apart unless said otherwise', async () => {
    const { snapshots, ...plain } = await ofImages({ snapshots: {} }).finished
    expect({ ...plain, snapshots: [] }).toEqual(await ofImages().finished)
    expect(snapshots.map(({ iteration }) => iteration)).toEqual([0, 4, 8, 10])
    const every = await ofImages({ snapshots: { every: 3 } }).finished
    expect(every.snapshots.map(({ iteration }) => iteration)).toEqual([0, 3, 6, 9, 10])
    for (const snapshot of every.snapshots) {
      const { network } = await ofImages({ iterations: snapshot.iteration }).finished
      expect(numbersOf([snapshot])).toEqual(numbersOf([{ ...snapshot, network }]))
    }
  })

  it('are the same for any number of threads and after interruptions, as files too', async () => {
    const options = { iterations: 60, record: { every: 5 }, snapshots: { every: 7 } }
    const whole = numbersOf((await ofImages({ ...options, threads: 1 }).finished).snapshots)
    const directory = temporaryFolder()
    const { snapshots } = await resumed((execution) => ofImages({ ...options, ...execution }), directory)
    expect(numbersOf(snapshots)).toEqual(whole)
    const files = snapshots.map(({ iteration }) => join(directory, 'snapshots', `${iteration}.safetensors`))
    const loaded = await Promise.all(files.map((file) => LayeredNetwork.load(file)))
    expect(numbersOf(loaded.map((network, i) => ({ iteration: whole[i]![0], network })))).toEqual(whole)
  })
})
