import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it, vi } from 'vitest'
import { setRecords } from '../../src/experiments/constructed-sets.js'
import { constructedSetFigure } from '../../src/experiments/figures/constructed-set-figure.js'
import { imageSet } from '../../src/experiments/image-sets.js'
import { transferability } from '../../src/experiments/transferability.js'
import { TRANSFER_SOURCES } from '../../src/experiments/transferability-matrix.js'
import type { TransferTask } from '../../src/experiments/transferability-presets.js'
import { FEATURE_KINDS } from '../../src/features/feature-options.js'
import { contextFor, expectSound } from '../helpers/experiments.js'
import { describeLayered, learnableImageData } from '../helpers/layered-cases.js'

vi.mock('../../src/experiments/image-sets.js', () => ({ imageSet: vi.fn() }))

const [mnist] = transferability.presets.smoke.images as [TransferTask]
const tiny: TransferTask = {
  ...mnist,
  trainingImages: 12,
  // Enough that every network has some of them right.
  testImages: 20,
  batchSize: 5,
  sets: { ...mnist.sets, kinds: FEATURE_KINDS, matchedImages: 6, matchedSteps: 2, targetedImages: 8 },
}
const { structured } = transferability.presets.smoke
const preset = {
  structured: { ...structured, training: { ...structured.training, iterations: 1 }, testSamples: 2 },
  images: [tiny],
}

const images = (seed: number, count: number) =>
  learnableImageData(seed, { count, height: 28, width: 28, channels: 1, classes: 10 })

describeLayered('transferability on images', () => {
  beforeEach(() => {
    const set = { train: images(1, tiny.trainingImages), test: images(2, tiny.testImages) }
    vi.mocked(imageSet).mockResolvedValue({ images: set, folder: 'mnist', flags: [] })
  })

  it('has records and figures of a data set, the same for any number of threads', async () => {
    const [first, second] = [contextFor(preset, [1, 2], 1), contextFor(preset, [1, 2], 3)]
    const outcome = await transferability.run(first)
    expect(await transferability.run(second)).toEqual(outcome)
    const records = outcome.records.filter(({ dataset }) => dataset === 'mnist')
    expectSound(records, 'transferability', [1, 2])
    expect(records.map(({ id }) => id.replace('transferability/mnist/', ''))).toEqual([
      'non-robust-over-robust',
      'non-robust-features',
      'standard-network',
      'standard-over-adversarial-network',
      'adversarial-targets/non-robust-features',
      'adversarial-targets/robust-features',
      'adversarial-targets/standard-network',
      'robust-set',
      'targeted-random',
      'targeted-next',
    ])
    expect(records[0]!.config).toMatchObject({ trainingImages: 12, testImages: 20 })
    const figures = outcome.figures.filter(({ id }) => id.startsWith('mnist'))
    expect(figures.map(({ id }) => id)).toEqual([
      'mnist-matrix',
      'mnist-success',
      'mnist-radius',
      'mnist-constructed-sets',
    ])
    expect(figures[3]!.rows).toHaveLength(2 * FEATURE_KINDS.length)
    const [sets, examples] = outcome.grids!
    expect(sets!.id).toBe('mnist-constructed-images')
    expect(sets!.columns.map(({ name }) => name)).toEqual(['original', ...FEATURE_KINDS])
    expect(examples!.id).toBe('mnist-adversarial-examples')
    const [originals, ...moved] = examples!.columns
    expect(moved.map(({ name }) => name)).toEqual(TRANSFER_SOURCES)
    for (const { images } of moved) {
      const distances = images.images.map((byte, e) => Math.abs(byte - originals!.images.images[e]!))
      // To the nearest byte.
      expect(Math.abs(Math.max(...distances) - 255 * tiny.radius)).toBeLessThan(1)
    }
  })

  it('makes robust images with the adversarially trained network, and labels as the kind says', async () => {
    const context = contextFor(preset, [1, 2])
    const { records } = await transferability.run(context)
    const folder = join(context.directory, 'mnist', 'seed-2')
    const digest = (name: string) =>
      createHash('sha256')
        .update(readFileSync(join(folder, name, 'weights.safetensors')))
        .digest('hex')
    const [standard, adversarial] = [digest('standard'), digest('adversarial')]
    for (const kind of FEATURE_KINDS) {
      const made = JSON.parse(readFileSync(join(folder, 'sets', kind, 'construction.json'), 'utf8'))
      expect(made).toMatchObject({ kind, network: kind === 'robust' ? adversarial : standard })
      expect(made.source.count).toBe(kind.startsWith('targeted') ? 8 : 6)
    }
    const relabelled = records.find(({ id }) => id.endsWith('targeted-next'))!.conditions[1]!
    expect(relabelled.measured).toMatchObject({ value: 1, n: 2 })
  })

  it('makes of a seed that is only a source no more than it gives examples with', async () => {
    const context = contextFor(preset, [5])
    const { records } = await transferability.run(context)
    expect(records.every(({ seeds }) => seeds.join() === '5')).toBe(true)
    const folder = (seed: number) => readdirSync(join(context.directory, 'mnist', `seed-${seed}`)).toSorted()
    expect(folder(4)).toEqual(['adversarial', 'on-non-robust', 'on-robust', 'sets', 'standard'])
    expect(folder(5)).toEqual(expect.arrayContaining(['on-targeted-next', 'sets.json', 'transfer.json']))
  })

  it('takes up after an interruption, to the same outcome', async () => {
    const whole = await transferability.run(contextFor(preset, [1, 2]))
    const context = contextFor(preset, [1, 2])
    const stop = new AbortController()
    const report = (_: number, activity: string) => {
      if (activity === 'mnist, seed 2, robust images') stop.abort()
    }
    const stopped = transferability.run({ ...context, report, signal: stop.signal })
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' })
    expect(existsSync(join(context.directory, 'mnist', 'seed-2', 'on-robust', 'weights.safetensors'))).toBe(
      false,
    )
    expect(await transferability.run(context)).toEqual(whole)
  })

  it('says nothing of a set that cannot be had', async () => {
    const flag = { where: 'mnist', name: 'data-set-skipped', message: 'It is not here.' } as const
    vi.mocked(imageSet).mockResolvedValue({ folder: 'mnist', flags: [flag] })
    const { records, flags, figures, grids } = await transferability.run(contextFor(preset, [1, 2]))
    expect(records.some(({ dataset }) => dataset !== undefined)).toBe(false)
    expect(figures.some(({ id }) => id.startsWith('mnist'))).toBe(false)
    expect(grids).toEqual([])
    expect(flags).toContainEqual(flag)
  })

  it('sets the published values beside those of CIFAR-10, in records and figure', () => {
    const task = { ...tiny, dataset: 'cifar10' as const }
    const accuracy = { clean: 0.5, robust: 0.25, relabelled: 0.9 }
    const accuracies = Object.fromEntries(FEATURE_KINDS.map((kind) => [kind, accuracy]))
    const results = [1, 2].map(() => ({ accuracies, flags: [] }))
    const common = { experiment: 'transferability', config: {}, seeds: [1, 2] }
    const [robust, random] = setRecords(task, results, common)
    expect(robust).toMatchObject({ verdict: 'not reproduced', measured: { value: 0 } })
    expect(random).toMatchObject({ verdict: 'reproduced', measured: { value: 0.5 } })
    expect(robust!.config.published).toContainEqual(
      expect.objectContaining({ kind: 'robust', clean: 0.84, robust: 0.48 }),
    )
    const rows = constructedSetFigure(task, results).rows.filter(({ test }) =>
      String(test).includes('published'),
    )
    expect(rows.map((row) => [row.set, row.accuracy, row.low])).toEqual([
      ['robust', 0.84, null],
      ['robust', 0.48, null],
      ['non-robust', 0.88, null],
      ['non-robust', 0, null],
    ])
  })
})
