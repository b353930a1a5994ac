import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it, vi } from 'vitest'
import { fetchDataSet } from '../../src/data/images/fetch/fetch-data-set.js'
import { AT_RADIUS, curveRadii } from '../../src/experiments/accuracy-curve.js'
import type { ExperimentOutcome } from '../../src/experiments/experiment.js'
import { imageAccuracy } from '../../src/experiments/image-accuracy.js'
import { imageAccuracyPresets, type JudgedImageTask } from '../../src/experiments/image-accuracy-presets.js'
import { IMAGE_TRAININGS, type ImageTraining } from '../../src/experiments/image-task.js'
import { RobustFeaturesError } from '../../src/index.js'
import { contextFor, expectSound } from '../helpers/experiments.js'
import { describeLayered, randomImages } from '../helpers/layered-cases.js'
import { matlabFile, svhnVariables } from '../helpers/matlab-file.mjs'
import { temporaryFolder } from '../helpers/temporary-folder.js'

vi.mock('../../src/data/images/fetch/fetch-data-set.js', () => ({ fetchDataSet: vi.fn() }))

const [mnist] = imageAccuracyPresets.smoke.tasks as [JudgedImageTask]
const taskOf = (dataset: string) =>
  imageAccuracyPresets.quick.tasks.find((task) => task.dataset === dataset) as JudgedImageTask
const small = {
  trainingImages: 12,
  testImages: 5,
  batchSize: 5,
  trainingEpochs: { standard: 2, adversarial: 3 },
  trainingSteps: 2,
  suite: { steps: 2, restarts: 2 },
  curveSteps: 2,
  overTraining: { images: 3, steps: 2 },
}
/** 12 images are there: what would be 4 updates an epoch of 20 images is 4/3 epochs of them. */
const svhn: JudgedImageTask = { ...taskOf('svhn'), ...small, trainingImages: 20 }

/** A folder with a few images in the form of SVHN. */
function tinySvhn(): string {
  const folder = temporaryFolder()
  for (const [name, count, seed] of [
    ['train_32x32.mat', 12, 1],
    ['test_32x32.mat', 6, 2],
  ] as const) {
    const { images, labels } = randomImages(seed, { count, height: 32, width: 32, channels: 3, classes: 10 })
    writeFileSync(
      join(folder, name),
      matlabFile(
        svhnVariables(
          images,
          Array.from(labels, (label) => label || 10),
        ),
      ),
    )
  }
  return folder
}

const weights = (directory: string, folder: string) =>
  readFileSync(join(directory, folder, 'seed-2', 'adversarial', 'weights.safetensors'))

describeLayered('image-accuracy', () => {
  let notes: string[] = []
  const contextOf = (tasks: readonly JudgedImageTask[], threads = 1) => ({
    ...contextFor({ tasks }, [1, 2], threads),
    note: (message: string) => notes.push(message),
  })

  beforeEach(() => {
    notes = []
    vi.stubEnv('ROBUST_FEATURES_DATA', tinySvhn())
    return () => vi.unstubAllEnvs()
  })

  function expectFigures(
    { figures }: ExperimentOutcome,
    dataset: string,
    radius: number,
    epochs: Readonly<Record<ImageTraining, readonly number[]>>,
  ): void {
    expect(figures.map(({ id }) => id)).toEqual([
      `${dataset}-robust-accuracy`,
      `${dataset}-over-epochs`,
      `${dataset}-beside-published`,
    ])
    const [curve, overEpochs] = figures
    for (const network of IMAGE_TRAININGS) {
      const rows = curve!.rows.filter((row) => row.network === network)
      expect(rows.map((row) => row.radius)).toEqual(curveRadii({ radius }))
      const accuracies = rows.map(({ accuracy }) => accuracy as number)
      expect(accuracies).toEqual(accuracies.toSorted((a, b) => b - a))
      for (const test of ['clean', 'PGD-2']) {
        const points = overEpochs!.rows.filter((row) => row.network === network && row.test === test)
        expect(points.map(({ epochs }) => epochs)).toEqual(epochs[network])
        for (const { accuracy } of points) expect(accuracy).toBeLessThanOrEqual(1)
      }
    }
  }

  it('judges residual networks on a part of a set, says which, and gives the same bits for any threads', async () => {
    const contexts = [contextOf([svhn], 1), contextOf([svhn], 3)]
    const outcomes = []
    for (const context of contexts) outcomes.push(await imageAccuracy.run(context))
    const [first, second] = outcomes
    expect(second).toEqual(first)
    const { records, flags, figures } = first!
    expectSound(records, 'image-accuracy', [1, 2])
    expect(records.map(({ id, dataset, config }) => [id, dataset, config.trainingImages])).toEqual([
      ['image-accuracy/svhn/standard', 'svhn', 12],
      ['image-accuracy/svhn/adversarial', 'svhn', 12],
    ])
    const epochs = { standard: [0, 4 / 3, 8 / 3], adversarial: [0, 4 / 3, 8 / 3, 4] }
    expectFigures(first!, 'svhn', svhn.radius, epochs)
    expect(records[0]?.config.trainingUpdates).toEqual({ standard: 8, adversarial: 12 })
    const [unofficial, ...others] = flags
    expect(unofficial).toMatchObject({ where: 'svhn', name: 'data-set-unofficial' })
    expect(unofficial?.message).toContain('12 for training and 5 for the test')
    const [folder = ''] = others[0]!.where.split('/')
    expect(folder).toMatch(/^svhn-[0-9a-f]{12}-[0-9a-f]{12}$/)
    const [one, other] = contexts.map(({ directory }) => weights(directory, folder))
    expect(other).toEqual(one)
    const atRadius = figures[0]!.rows.filter(({ network }) => network === 'adversarial')[AT_RADIUS]
    expect(records[1]?.measured.value).toBe(atRadius?.accuracy)
  })

  it('sets published values beside MNIST’s, in the figure and the configuration', async () => {
    const outcome = await imageAccuracy.run(contextOf([{ ...mnist, ...small }]))
    expectSound(outcome.records, 'image-accuracy', [1, 2])
    expect(outcome.records.map(({ dataset }) => dataset)).toEqual(['mnist', 'mnist'])
    expectFigures(outcome, 'mnist', 0.3, { standard: [0, 1, 2], adversarial: [0, 1, 2, 3] })
    const rows = outcome.figures[2]!.rows.filter(({ network }) => String(network).startsWith('Madry'))
    expect(rows.map(({ test, accuracy, low }) => [test, accuracy, low])).toEqual([
      ['clean', 0.988, null],
      ['under attack', 0.893, null],
    ])
    expect(outcome.records[0]?.config.published).toMatchObject([{ clean: 0.988, robust: 0.893 }])
    expect(outcome.flags.some(({ name }) => name.startsWith('data-set'))).toBe(false)
  })

  it('takes up after an interruption, to the same outcome', async () => {
    const whole = await imageAccuracy.run(contextOf([svhn]))
    const context = contextOf([svhn])
    const stop = new AbortController()
    const report = (_: number, activity: string) => {
      if (activity === 'svhn, seed 2, standard') stop.abort()
    }
    await expect(imageAccuracy.run({ ...context, report, signal: stop.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    })
    notes = []
    expect(await imageAccuracy.run(context)).toEqual(whole)
    expect(notes.filter((note) => note.endsWith('already trained and attacked.'))).toHaveLength(2)
  })

  it('skips sets whose files are not there with a note and a flag, and fetches what npm has first', async () => {
    const fetching = vi.mocked(fetchDataSet)
    fetching.mockRejectedValueOnce(new RobustFeaturesError('FETCH_FAILED', 'Expected a source, got none.'))
    const tasks = [taskOf('cifar10'), { ...svhn, dataset: 'fashion-mnist' as const }]
    const outcome = await imageAccuracy.run(contextOf(tasks))
    expect(fetching.mock.calls.map(([{ name }]) => name)).toEqual(['cifar10'])
    expect(outcome).toMatchObject({ records: [], figures: [] })
    expect(outcome.flags.map(({ where, name }) => [where, name])).toEqual([
      ['cifar10', 'data-set-skipped'],
      ['fashion-mnist', 'data-set-skipped'],
    ])
    for (const { where, message } of outcome.flags) expect(message).toContain(`data fetch ${where}`)
    expect(notes).toEqual([
      expect.stringContaining('fetching it'),
      'cifar10 is skipped. Expected a source, got none.',
      expect.stringMatching(/^fashion-mnist is skipped\. Expected .* found none: run/),
    ])
    const folders = process.env.ROBUST_FEATURES_DATA ?? ''
    expect(JSON.stringify(outcome)).not.toContain(folders)
  })

  it('takes no damaged file for a missing one', async () => {
    const folder = process.env.ROBUST_FEATURES_DATA ?? ''
    const path = join(folder, 'train_32x32.mat')
    writeFileSync(path, readFileSync(path).subarray(0, 5000))
    await expect(imageAccuracy.run(contextOf([svhn]))).rejects.toMatchObject({ code: 'INVALID_FILE' })
  })
})
