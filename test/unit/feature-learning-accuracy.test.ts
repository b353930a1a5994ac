import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { featureLearningAccuracy } from '../../src/experiments/feature-learning-accuracy.js'
import {
  type FeatureLearningPreset,
  featureLearningPresets,
} from '../../src/experiments/feature-learning-presets.js'
import { loadFeatures, PatchDistribution, PatchNetwork, subset } from '../../src/index.js'
import { contextFor, expectSound } from '../helpers/experiments.js'
import { describeLayered } from '../helpers/layered-cases.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const [mnist] = featureLearningPresets.smoke.tasks
const { twin } = featureLearningPresets.smoke
const tiny: FeatureLearningPreset = {
  tasks: [
    {
      ...mnist!,
      trainingImages: 12,
      testImages: 5,
      batchSize: 6,
      trainingEpochs: { standard: 1, adversarial: 2 },
      overTraining: { images: 2, steps: 1 },
      construction: {
        images: 3,
        matched: { steps: 2, stepSize: 0.5, start: 'noise' },
        targeted: { norm: 'l2', radius: 3, steps: 2 },
      },
    },
  ],
  twin: {
    ...twin,
    distribution: { ...twin.distribution, nonRobustPatches: 6 },
    training: { samples: 8, iterations: 12, learningRate: 0.3 },
    snapshotEvery: 5,
    testSamples: 6,
    suite: { steps: 2, restarts: 1 },
  },
}
const RECORDS = [
  'standard',
  'adversarial',
  'standard-conflict',
  'adversarial-conflict',
  'adversarial-phases',
  'standard-order',
  'adversarial-order',
]
const INPUTS = ['robust features alone', 'non-robust features alone', 'non-robust against robust', 'clean']

describeLayered('feature-learning-accuracy', () => {
  it('follows both trainings on images and on structured data, to the same bits for any threads', async () => {
    const contexts = [contextFor(tiny, [1, 2], 1), contextFor(tiny, [1, 2], 3)]
    const outcomes = []
    for (const context of contexts) outcomes.push(await featureLearningAccuracy.run(context))
    const [first, second] = outcomes
    expect(second).toEqual(first)
    const { records, figures, flags, grids } = first!
    expect(flags).toEqual([])
    expectSound(records, 'feature-learning-accuracy', [1, 2])
    expect(records.map(({ id }) => id)).toEqual(
      ['synthetic', 'mnist'].flatMap((set) =>
        RECORDS.map((name) => `feature-learning-accuracy/${set}/${name}`),
      ),
    )
    expect(records.map(({ dataset }) => dataset)).toEqual([
      ...Array(7).fill(undefined),
      ...Array(7).fill('mnist'),
    ])
    const places = {
      'synthetic-standard': ['iteration', [0, 5, 10, 12], 'attacked'],
      'synthetic-adversarial': ['iteration', [0, 5, 10, 12], 'attacked'],
      'mnist-standard': ['epochs', [0, 0.5, 1], 'PGD-1'],
      'mnist-adversarial': ['epochs', [0, 0.5, 1, 1.5, 2], 'PGD-1'],
    } as const
    expect(figures.map(({ id }) => id)).toEqual(Object.keys(places))
    const [grid, ...others] = grids!
    expect(others).toEqual([])
    expect(grid!.id).toBe('mnist-constructed-images')
    expect(grid!.columns.map(({ name }) => name)).toEqual([
      'original',
      'robust',
      'non-robust',
      'targeted-next',
    ])
    const constructed = async (kind: string) =>
      (await loadFeatures(join(contexts[0]!.directory, 'mnist', 'reference', `${kind}-images`))).dataset
    const { labels } = await constructed('robust')
    const indices = Array.from(grid!.columns[0]!.images.labels, (label) => labels.indexOf(label))
    for (const { name, images } of grid!.columns.slice(1))
      expect(images.images).toEqual(subset(await constructed(name), { indices }).images)
    for (const { id, rows } of figures) {
      const [x, expected, attack] = places[id as keyof typeof places]
      for (const inputs of [...INPUTS, attack]) {
        const found = rows.filter((row) => row.inputs === inputs)
        expect(found.map(({ [x]: at }) => at)).toEqual(expected)
        for (const { accuracy } of found) expect(accuracy).toBeLessThanOrEqual(1)
      }
    }
  })

  it('takes images with one kind of feature from networks of a seed that is not judged', async () => {
    const context = contextFor(tiny, [7])
    await featureLearningAccuracy.run(context)
    const reference = join(context.directory, 'mnist', 'reference')
    expect(readdirSync(reference).toSorted()).toEqual([
      'adversarial',
      'non-robust-images',
      'robust-images',
      'standard',
      'targeted-next-images',
    ])
    const judged = contextFor(tiny, [8])
    await featureLearningAccuracy.run(judged)
    const weights = (directory: string, ...path: string[]) =>
      readFileSync(join(directory, 'mnist', ...path, 'weights.safetensors'))
    for (const training of ['standard', 'adversarial'])
      expect(weights(context.directory, 'reference', training)).toEqual(
        weights(judged.directory, 'seed-8', training),
      )
  })

  it('evaluates structured data on X_R and X_NR', async () => {
    const context = contextFor({ ...tiny, tasks: [] }, [3])
    const { figures } = await featureLearningAccuracy.run(context)
    const file = join(context.directory, 'synthetic', 'seed-3', 'standard', 'weights.safetensors')
    const network = await PatchNetwork.load(file)
    const distribution = new PatchDistribution({ ...tiny.twin.distribution, seed: 3 })
    for (const [inputs, parts] of [
      ['robust features alone', 'robust'],
      ['non-robust features alone', 'nonRobust'],
    ] as const) {
      const test = await distribution.sample(tiny.twin.testSamples, { stream: 'test', parts })
      const last = figures[0]!.rows.findLast((row) => row.inputs === inputs)
      expect(last).toMatchObject({ iteration: 12, accuracy: (await network.evaluate(test)).accuracy })
    }
  })

  it('takes up after an interruption, to the same outcome', async () => {
    const whole = await featureLearningAccuracy.run(contextFor(tiny, [1]))
    const context = contextFor(tiny, [1])
    for (const moment of [
      'synthetic, seed 1, adversarial',
      'mnist, robust images',
      'mnist, seed 1, adversarial',
    ]) {
      const stop = new AbortController()
      const report = (_: number, activity: string) => {
        if (activity === moment) stop.abort()
      }
      await expect(
        featureLearningAccuracy.run({ ...context, report, signal: stop.signal }),
      ).rejects.toMatchObject({ code: 'ABORTED' })
    }
    expect(await featureLearningAccuracy.run(context)).toEqual(whole)
  })

  it('has structured data alone where the images are not there', async () => {
    vi.stubEnv('ROBUST_FEATURES_DATA', temporaryFolder())
    const tasks = [{ ...tiny.tasks[0]!, dataset: 'fashion-mnist' as const }]
    const { records, flags } = await featureLearningAccuracy.run(contextFor({ ...tiny, tasks }, [1]))
    vi.unstubAllEnvs()
    expect(records).toHaveLength(7)
    expect(flags.map(({ where, name }) => [where, name])).toEqual([['fashion-mnist', 'data-set-skipped']])
  })
})
