import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { conflictingPatches } from '../../src/experiments/conflicting-patches.js'
import { featureLearningAccuracy } from '../../src/experiments/feature-learning-accuracy.js'
import {
  type FeatureLearningPreset,
  featureLearningPresets,
} from '../../src/experiments/feature-learning-presets.js'
import { imageSet } from '../../src/experiments/image-sets.js'
import {
  type ExtractFeaturesOptions,
  extractFeatures,
  ImageData,
  LayeredNetwork,
  loadFeatures,
  PatchDistribution,
  PatchNetwork,
  subset,
} from '../../src/index.js'
import { snapshotPath } from '../../src/training/snapshots.js'
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
      batchSize: 3,
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
const INPUTS = [
  'clean',
  'robust features alone',
  'non-robust features alone',
  'non-robust against robust',
  'robust against non-robust',
]

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
      'mnist-standard': ['epochs', [0, 0.25, 0.5, 1], 'PGD-1'],
      'mnist-adversarial': ['epochs', [0, 0.25, 0.5, 1, 1.5, 2], 'PGD-1'],
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
      (await loadFeatures(join(contexts[0]!.directory, 'mnist', 'seed-2', 'images', kind))).dataset
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

  it('judges networks on test images made by those of another seed, each kind by its own', async () => {
    const context = contextFor(tiny, [1])
    const { figures } = await featureLearningAccuracy.run(context)
    const [task] = tiny.tasks
    const folder = join(context.directory, 'mnist')
    const { images } = await imageSet(context, task!)
    const originals = images!.test.select([0, 1, 2])
    const load = (seed: number, training: string) =>
      LayeredNetwork.load(join(folder, `seed-${seed}`, training, 'weights.safetensors'))
    // The seed beside a lone one, of which nothing else is measured.
    const made = {
      'robust features alone': ['robust', 'adversarial', task!.construction.matched],
      'non-robust features alone': ['non-robust', 'standard', task!.construction.matched],
      'non-robust against robust': ['targeted-next', 'standard', task!.construction.targeted],
    } as const
    for (const [inputs, [kind, training, options]] of Object.entries(made)) {
      const construction = { kind, ...options, seed: 0 } as ExtractFeaturesOptions
      const { dataset } = await extractFeatures(await load(0, training), originals, construction)
      const kept = await loadFeatures(join(folder, 'seed-0', 'images', kind))
      expect(kept.dataset.images, kind).toEqual(dataset.images)
      for (const judged of ['standard', 'adversarial']) {
        const { rows } = figures.find(({ id }) => id === `mnist-${judged}`)!
        const { accuracy } = await (await load(1, judged)).evaluate(ImageData.fromImages(dataset))
        expect(rows.findLast((row) => row.inputs === inputs)!.accuracy).toBe(accuracy)
      }
    }
    expect(existsSync(join(folder, 'seed-1', 'images'))).toBe(false)
  })

  it('evaluates structured data on X_R, X_NR and samples where the two contradict each other', async () => {
    // So many that both kinds of features tell in what the network says of a sample.
    const twin = { ...tiny.twin, distribution: { ...tiny.twin.distribution, nonRobustPatches: 200 } }
    const context = contextFor({ tasks: [], twin }, [4])
    const { figures } = await featureLearningAccuracy.run(context)
    const { distribution: options, testSamples } = twin
    const distribution = new PatchDistribution({ ...options, seed: 4 })
    const sample = (parts: 'all' | 'robust' | 'nonRobust') =>
      distribution.sample(testSamples, { stream: 'test', parts })
    const given = {
      'robust features alone': await sample('robust'),
      'non-robust features alone': await sample('nonRobust'),
      'non-robust against robust': conflictingPatches(await sample('all'), options.robustPatches),
    }
    for (const { id, rows } of figures) {
      const directory = join(context.directory, id.replace('-', '/seed-4/'))
      for (const iteration of [0, 5, 10, 12]) {
        const network = await PatchNetwork.load(snapshotPath(directory, iteration))
        for (const [inputs, test] of Object.entries(given)) {
          const row = rows.find((row) => row.iteration === iteration && row.inputs === inputs)
          const { accuracy } = await network.evaluate(test)
          expect(row!.accuracy, `${id}, ${iteration}: ${inputs}`).toBe(accuracy)
        }
      }
    }
  })

  it('has records of a data set whose networks diverge, of which none is reproduced', async () => {
    const tasks = [{ ...tiny.tasks[0]!, learningRate: 1e30 }]
    const { records, flags, grids } = await featureLearningAccuracy.run(
      contextFor({ ...tiny, tasks }, [1, 2]),
    )
    expect(flags.map(({ where, name }) => [where, name])).toEqual([
      ['mnist/seed-1', 'loss-diverges'],
      ['mnist/seed-2', 'loss-diverges'],
    ])
    const lost = records.filter(({ dataset }) => dataset === 'mnist')
    expect(lost.map(({ verdict }) => verdict)).toEqual(RECORDS.map(() => 'not reproduced'))
    expect(lost[0]!.measured).toEqual({ value: 0, ci95: null, n: 0 })
    expect(grids).toEqual([])
  })

  it('takes up after an interruption, to the same outcome', async () => {
    const whole = await featureLearningAccuracy.run(contextFor(tiny, [1]))
    const context = contextFor(tiny, [1])
    for (const moment of [
      'synthetic, seed 1, adversarial',
      'mnist, seed 1, adversarial',
      'mnist, seed 0, non-robust images',
      'mnist, seed 1, adversarial, measuring',
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
