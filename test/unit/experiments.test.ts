import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { adversarialTraining } from '../../src/experiments/adversarial-training.js'
import type { Experiment } from '../../src/experiments/experiment.js'
import { experiments } from '../../src/experiments/registry.js'
import { runExperiment } from '../../src/experiments/run-experiment.js'
import { standardTraining } from '../../src/experiments/standard-training.js'
import {
  type StructuredDataPreset,
  structuredDataPresets,
} from '../../src/experiments/structured-data-presets.js'
import { createRecord, measure } from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { contextFor, expectSound } from '../helpers/experiments.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const tiny: StructuredDataPreset = {
  ...structuredDataPresets.smoke,
  distribution: { ...structuredDataPresets.smoke.distribution, nonRobustPatches: 6 },
  training: { samples: 8, iterations: 20, learningRate: 0.3 },
  testSamples: 6,
  suite: { steps: 2, restarts: 1 },
}

describe('experiments', () => {
  it('have distinct names and a preset and seeds for every scale', () => {
    expect(experiments.map(({ id }) => id)).toEqual([
      'robust-features-exist',
      'standard-training',
      'adversarial-training',
      'learning-dynamics',
      'radius-spectrum',
      'feature-strength',
      'attack-steps',
      'activation',
      'sensitivity',
      'image-accuracy',
      'transferability',
      'depth',
    ])
    for (const { presets, defaultSeeds } of experiments) {
      expect(Object.keys(presets).toSorted()).toEqual(['full', 'quick', 'smoke'])
      // A verdict needs an interval, and an interval two seeds.
      expect(Math.min(...Object.values(defaultSeeds))).toBeGreaterThanOrEqual(2)
    }
  })

  it('span at least 8 tiles on structured data, so that threads have something to share', () => {
    // A tile holds whole samples of at most 512 patches together: native/engine/tile_plan.cc.
    for (const { distribution, training } of Object.values(structuredDataPresets)) {
      const patches = distribution.robustPatches + distribution.nonRobustPatches
      const samplesPerTile = Math.max(1, Math.floor(512 / patches))
      expect(Math.ceil(training.samples / samplesPerTile)).toBeGreaterThanOrEqual(8)
    }
  })

  it('standard-training judges what it measured', async () => {
    const context = contextFor(tiny, [1, 2])
    const { records } = await standardTraining.run(context)
    expect(records.map(({ id }) => id)).toEqual([
      'standard-training',
      'standard-training/non-robust-features-alone',
      'standard-training/robust-features-alone',
      'standard-training/attack-direction',
    ])
    expectSound(records, 'standard-training', [1, 2])
    expect(readdirSync(context.directory).toSorted()).toEqual(['seed-1', 'seed-2'])
    expect(readdirSync(join(context.directory, 'seed-1', 'standard'))).toEqual(
      expect.arrayContaining([
        'coefficients.safetensors',
        'history.csv',
        'history.jsonl',
        'weights.safetensors',
      ]),
    )
  })

  it('adversarial-training has records of their own for every inner maximiser', async () => {
    const { records } = await adversarialTraining.run(contextFor(tiny, [3]))
    expect(records).toHaveLength(9)
    expectSound(records, 'adversarial-training', [3])
    expect(records.every(({ verdict }) => verdict === 'inconclusive')).toBe(true)
  })

  it.each([standardTraining, adversarialTraining])('$id counts its curves as work', async ({ run }) => {
    const reports: [share: number, activity: string][] = []
    const context = contextFor(tiny, [1, 2])
    await run({ ...context, report: (share, activity) => reports.push([share, activity]) })
    const shares = reports.map(([share]) => share)
    expect(shares).toEqual(shares.toSorted((a, b) => a - b))
    const [share, activity] = reports.at(-1)!
    expect(activity).toMatch(/^seed 2\b.*accuracy by radius$/)
    expect(share).toBeLessThan(1)
  })

  it('give equal records a second time', async () => {
    const run = async () => (await standardTraining.run(contextFor(tiny, [5]))).records
    expect(await run()).toEqual(await run())
  })
})

describe('runExperiment', () => {
  const value = { measured: measure([3, 3.5, 4]), criterion: criterionOf(2) }
  const fake: Experiment<{ size: number }> & { runs: number } = {
    id: 'fake',
    title: 'A fake',
    claim: 'It runs',
    source: 'arXiv 2410.08503, nowhere',
    presets: { smoke: { size: 1 }, quick: { size: 2 }, full: { size: 3 } },
    defaultSeeds: { smoke: 2, quick: 2, full: 2 },
    runs: 0,
    async run({ preset, seeds }) {
      fake.runs++
      const fields = { id: 'fake', experiment: 'fake', claim: '', source: '', reported: null }
      return {
        records: [createRecord({ ...fields, config: { ...preset }, seeds }, [value])],
        flags: [{ where: 'seed-1', name: 'dead-filters', message: 'One filter is dead.' }],
        figures: [],
      }
    },
  }
  const start = (
    directory: string,
    changes: object = {},
    notes: string[] = [],
    experiment: Experiment = fake,
  ) =>
    runExperiment(experiment, {
      scale: 'smoke',
      seeds: [1, 2, 3],
      threads: 2,
      signal: new AbortController().signal,
      directory,
      reporter: { progress: () => {}, note: (message) => notes.push(message) },
      ...changes,
    })

  it('leaves its files and reads them the next time', async () => {
    const folder = temporaryFolder()
    const before = fake.runs
    const first = await start(folder)
    expect(first).toMatchObject({ experiment: 'fake', finishedBefore: false })
    expect(first.directory).toMatch(/fake-[0-9a-f]{12}$/)
    expect(readdirSync(first.directory).toSorted()).toEqual([
      'config.json',
      'environment.json',
      'figures.json',
      'flags.json',
      'records.json',
      'timings.json',
    ])
    const notes: string[] = []
    expect(await start(folder, {}, notes)).toEqual({ ...first, finishedBefore: true })
    expect(notes).toEqual([`fake: already finished in ${first.directory}.`])
    expect(fake.runs).toBe(before + 1)
  })

  it('has a folder per scale and seeds, whatever the threads', async () => {
    const folder = temporaryFolder()
    const directories = []
    for (const changes of [{}, { threads: 1 }, { seeds: [1, 2] }, { scale: 'quick' }])
      directories.push((await start(folder, changes)).directory)
    expect(directories[1]).toBe(directories[0])
    expect(new Set(directories).size).toBe(3)
    const { config } = JSON.parse(readFileSync(join(directories[3]!, 'records.json'), 'utf8'))[0]
    expect(config).toEqual({ scale: 'quick', size: 2 })
  })

  it('runs again when records or flags are missing', async () => {
    const folder = temporaryFolder()
    const { directory } = await start(folder)
    for (const name of ['records.json', 'flags.json']) {
      rmSync(join(directory, name))
      expect((await start(folder)).finishedBefore).toBe(false)
    }
  })

  it('looks again where a data set was skipped or not the official one', async () => {
    const folder = temporaryFolder()
    for (const name of ['data-set-skipped', 'data-set-unofficial'] as const) {
      const flag = { where: 'svhn', name, message: 'It is not here.' }
      const lacking: Experiment = {
        ...fake,
        run: async (context) => ({ ...(await fake.run(context as never)), flags: [flag] }),
      }
      const options = { seeds: [name.length, 2], directory: folder }
      await start(folder, options, [], lacking)
      expect((await start(folder, options)).finishedBefore).toBe(false)
      expect((await start(folder, options)).finishedBefore).toBe(true)
    }
  })

  it('leaves no records when it fails', async () => {
    const folder = temporaryFolder()
    const failing = { ...fake, run: () => Promise.reject(new Error('no')) }
    const options = {
      scale: 'smoke',
      seeds: [1],
      threads: 1,
      signal: new AbortController().signal,
      directory: folder,
      reporter: { progress: () => {}, note: () => {} },
    } as const
    await expect(runExperiment(failing, options)).rejects.toThrow('no')
    const [name = ''] = readdirSync(folder)
    expect(readdirSync(join(folder, name)).toSorted()).toEqual(['config.json', 'environment.json'])
  })

  it('names a folder it cannot make', async () => {
    await failure('WRITE_FAILED', () => start('/dev/null/runs'))
  })
})

function criterionOf(threshold: number) {
  return { statistic: 'lower', relation: '>=', threshold, text: `at least ${threshold}` } as const
}
