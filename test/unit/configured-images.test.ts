import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { ConfigFiles } from '../../src/experiments/config-files.js'
import { runConfiguredTraining } from '../../src/experiments/configured-training.js'
import {
  createImageDataset,
  type ErrorCode,
  ImageData,
  LayeredNetwork,
  loadImages,
  saveImageDataset,
  subset,
  trainTestSplit,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { describeLayered } from '../helpers/layered-cases.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const pgd = { kind: 'pgd', norm: 'linf', radius: 0.1, steps: 2, randomStart: true } as const
const config = {
  data: { kind: 'images', set: 'mnist', trainingImages: 40, testImages: 10 },
  network: { kind: 'smallCnn' },
  objective: { kind: 'adversarial', attacks: [pgd] },
  training: { learningRate: 0.001, epochs: 2, batchSize: 20, optimizer: { kind: 'adam' } },
}
const changed = (part: keyof typeof config, fields: object) => ({
  ...config,
  [part]: { ...config[part], ...fields },
})

function run(
  given: unknown,
  { directory = temporaryFolder(), from = '.', threads = 1, notes = [] as string[] } = {},
) {
  return runConfiguredTraining(given, {
    directory,
    files: new ConfigFiles(from),
    threads,
    signal: new AbortController().signal,
    reporter: { progress: () => {}, note: (message) => notes.push(message) },
  })
}

describeLayered('a configured training on images', () => {
  it('leaves a run folder whose network gives the summary again, the same for any threads', async () => {
    const evaluation = { attacks: [{ ...pgd, randomStart: false }] }
    const { directory, summary } = await run({ ...config, evaluation })
    expect(readdirSync(directory).toSorted()).toEqual([
      'checkpoint.safetensors',
      'config.json',
      'environment.json',
      'history.csv',
      'history.jsonl',
      'summary.json',
      'timings.json',
      'weights.safetensors',
    ])
    expect(JSON.parse(readFileSync(join(directory, 'summary.json'), 'utf8'))).toEqual(summary)
    const network = await LayeredNetwork.load(join(directory, 'weights.safetensors'))
    const images = ImageData.fromImages(await loadImages('mnist', { split: 'test' }))
    const test = images.select(Array.from({ length: 10 }, (_, n) => n))
    expect(summary).toMatchObject({
      testSamples: 10,
      testAccuracy: (await network.evaluate(test)).accuracy,
      threat: { norm: 'linf', radius: 0.1, budget: 'input', bounds: [0, 1] },
    })
    const other = await run({ ...config, evaluation }, { threads: 3 })
    expect(other.summary).toEqual(summary)
    const weights = (folder: string) => readFileSync(join(folder, 'weights.safetensors'))
    expect(weights(other.directory)).toEqual(weights(directory))
  })

  it('is attacked by the suite where nothing else is said, not at all after standard training, and once', async () => {
    const short = { ...changed('training', { epochs: 1 }), data: { ...config.data, testImages: 3 } }
    const directory = temporaryFolder()
    const { summary } = await run(short, { directory })
    expect(summary.attacks).toHaveLength(2)
    const notes: string[] = []
    expect((await run(short, { directory, notes })).summary).toEqual(summary)
    expect(notes).toEqual([expect.stringContaining('already finished')])
    const standard = await run({ ...short, objective: { kind: 'standard' } })
    expect(standard.summary).not.toHaveProperty('robustAccuracy')
  })

  it('says what is wrong before there is a folder', async () => {
    const directory = temporaryFolder()
    const refused = (given: unknown) => failure('INVALID_ARGUMENT', () => run(given, { directory }))
    expect(await refused(changed('data', { set: 'imagenet' }))).toContain('`data.set`')
    expect(await refused(changed('network', { kind: 'resnet9' }))).toContain('`network.kind`')
    expect(await refused(changed('training', { optimizer: { kind: 'adam', beta1: 1 } }))).toContain('beta1')
    const aligned = { attacks: [{ kind: 'featureAligned', radius: 0.1 }] }
    expect(await refused(changed('objective', aligned))).toContain('features are unknown')
    expect(await refused(changed('objective', { attacks: [{ ...pgd, bounds: [0, 2] }] }))).toContain('[0, 1]')
    expect(await refused(changed('network', { normalization: { mean: [0], deviation: [0] } }))).toContain(
      'deviation',
    )
    await failure('UNKNOWN_OPTION', () => run(changed('training', { epoch: 3 }), { directory }))
    const absent = changed('data', { directory: temporaryFolder() })
    expect(await failure('FILE_NOT_FOUND', () => run(absent, { directory }))).toContain('data fetch mnist')
    expect(readdirSync(directory)).toEqual([])
  })
})

describeLayered('a configured training on images of files', () => {
  const standard = { ...config, objective: { kind: 'standard' }, training: { ...config.training, epochs: 1 } }
  const on = (data: object) => ({ ...standard, data: { kind: 'images', ...data } })
  const digits = (split: 'train' | 'test', count: number, seed = 1) =>
    loadImages('mnist', { split }).then((images) => subset(images, { count, seed }))

  it('is the same wherever the files are, and another where they hold something else', async () => {
    const [one, two, runs] = [temporaryFolder(), temporaryFolder(), temporaryFolder()]
    for (const folder of [one, two]) {
      await saveImageDataset(await digits('train', 40), join(folder, 'own.npz'))
      await saveImageDataset(await digits('test', 12), join(folder, 'judged.safetensors'))
    }
    const given = on({ set: 'own.npz', testSet: './judged.safetensors', testImages: 10 })
    const first = await run(given, { from: one, directory: runs })
    expect(first.summary).toMatchObject({ testSamples: 10 })
    const notes: string[] = []
    const again = await run(given, { from: two, directory: runs, notes })
    expect({ notes, directory: again.directory }).toEqual({
      notes: [expect.stringContaining('already finished')],
      directory: first.directory,
    })
    const sha256 = createHash('sha256')
      .update(readFileSync(join(one, 'own.npz')))
      .digest('hex')
    expect(JSON.parse(readFileSync(join(first.directory, 'config.json'), 'utf8')).data).toMatchObject({
      set: { file: join(one, 'own.npz'), sha256 },
    })
    await saveImageDataset(await digits('train', 40, 2), join(two, 'own.npz'))
    expect((await run(given, { from: two, directory: runs })).directory).not.toBe(first.directory)
    const stated = { ...given, data: { ...given.data, set: { file: 'own.npz', sha256 } } }
    expect((await run(stated, { from: one, directory: runs })).directory).toBe(first.directory)
    expect(await failure('INVALID_FILE', () => run(stated, { from: two, directory: runs }))).toMatch(
      `Expected own.npz to hold a file of SHA-256 ${sha256}, got `,
    )
  })

  it('judges on images of its file that are set apart, or on those of a public set', async () => {
    const folder = temporaryFolder()
    const own = await digits('train', 50)
    await saveImageDataset(own, join(folder, 'own.npz'))
    const { directory, summary } = await run(on({ set: 'own.npz', testImages: 15 }), { from: folder })
    const network = await LayeredNetwork.load(join(directory, 'weights.safetensors'))
    const { test } = trainTestSplit(own, { testCount: 15, seed: 1 })
    const { accuracy } = await network.evaluate(ImageData.fromImages(test))
    expect(summary).toMatchObject({ testSamples: 15, testAccuracy: accuracy })
    const elsewhere = await run(on({ set: 'own.npz', testSet: 'mnist', testImages: 7 }), { from: folder })
    expect(elsewhere.summary).toMatchObject({ testSamples: 7 })
  })

  it('refuses what does not fit, before there is a folder', async () => {
    const [from, directory] = [temporaryFolder(), temporaryFolder()]
    await saveImageDataset(await digits('train', 20), join(from, 'own.npz'))
    await saveImageDataset(
      createImageDataset({
        name: 'small',
        images: new Uint8Array(36),
        labels: Uint8Array.of(0),
        height: 6,
        width: 6,
        channels: 1,
        classes: 10,
      }),
      join(from, 'small.npz'),
    )
    const refused = async (data: object, code: ErrorCode = 'INVALID_ARGUMENT') =>
      failure(code, () => run(on(data), { from, directory }))
    expect(await refused({ set: 'own.npz' })).toBe(
      'Expected `data.testSet`, or `data.testImages` to set apart, for a path in `data.set`, got neither.',
    )
    expect(await refused({ set: 'own.npz', testImages: 20 })).toContain('to leave some of 20 images')
    expect(await refused({ set: 'own.npz', testImages: 5, trainingImages: 16 })).toBe(
      'Expected `data.trainingImages` to be at most 15, the number of images there are, got 16.',
    )
    expect(await refused({ set: 'mnist', testImages: 10001 })).toContain(
      '`data.testImages` to be at most 10000',
    )
    expect(await refused({ set: 'own.npz', testSet: 'small.npz' })).toBe(
      'Expected `data.testSet` to be 28 × 28 × 1 images of at most 10 classes, got 6 × 6 × 1 of 10 classes.',
    )
    expect(await refused({ set: 'mnits' })).toContain("did you mean 'mnist'?")
    expect(await refused({ set: 'own' })).toBe(
      "Expected `data.set` to be one of mnist, fashion-mnist, cifar10, svhn, or a path that has a slash or ends in .npz or .safetensors, got 'own'.",
    )
    expect(await refused({ set: 'own.npz', testImages: 5, directory: 'mnist' })).toBe(
      "Expected `data.directory` to be left out where no images are those of a public data set, got 'mnist'.",
    )
    expect(await refused({ set: 'own.npz', testSet: 'small.npz', verify: false })).toBe(
      'Expected `data.verify` to be left out where no images are those of a public data set, got false.',
    )
    expect(await refused({ set: { file: 'own.npz', sha256: 'abc' }, testImages: 5 })).toContain(
      'a SHA-256 of 64',
    )
    expect(await refused({ set: 'none.npz', testImages: 5 }, 'FILE_NOT_FOUND')).toContain(
      join(from, 'none.npz'),
    )
    expect(readdirSync(directory)).toEqual([])
  })
})
