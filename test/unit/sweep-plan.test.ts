import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConfigFiles } from '../../src/experiments/config-files.js'
import { experiments } from '../../src/experiments/registry.js'
import { planSweep } from '../../src/experiments/sweep/plan.js'
import { failure } from '../helpers/errors.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { tinyTraining } from '../helpers/training-config.js'

// Without one option, for its default.
const { testSamples: _, ...data } = tinyTraining.data
const training = {
  ...tinyTraining,
  data,
  objective: { kind: 'adversarial', attacks: [{ kind: 'oneStep', radius: 0.1 }] },
}
const base = { kind: 'training', config: training }
const config = { name: 'test', base, parameters: { 'training.learningRate': [0.1, 0.2] } }
const onExperiment = (parameters: object, changes: object = {}) => ({
  name: 'test',
  base: { kind: 'experiment', experiment: 'standard-training', scale: 'smoke', ...changes },
  parameters,
})
const plan = (given: unknown, engine = '1', files = new ConfigFiles('.')) =>
  planSweep(given, { experiments, files, versions: { engine, dataFormat: 1 } })

describe('planSweep', () => {
  it('makes a cell of every point and seed, with the defaults of its options', async () => {
    const { cells } = await plan({ ...config, seeds: 3 })
    expect(cells.map(({ parameters, seed }) => [parameters['training.learningRate'], seed])).toEqual([
      [0.1, 1],
      [0.1, 2],
      [0.1, 3],
      [0.2, 1],
      [0.2, 2],
      [0.2, 3],
    ])
    expect(new Set(cells.map(({ id }) => id)).size).toBe(6)
    expect(cells[4]!.config).toMatchObject({
      kind: 'training',
      engine: '1',
      config: { seed: 2, training: { learningRate: 0.2, momentum: 0 }, data: { testSamples: 500 } },
    })
  })

  it('counts seeds from the base’s own, or takes a list', async () => {
    const seedsOf = async (given: object) =>
      (await plan({ ...config, ...given })).cells.map(({ seed }) => seed)
    expect(await seedsOf({ base: { kind: 'training', config: { ...training, seed: 7 } }, seeds: 2 })).toEqual(
      [7, 8, 7, 8],
    )
    expect(await seedsOf({ seeds: [5, 3] })).toEqual([5, 3, 5, 3])
  })

  it('names a cell by what decides its result alone', async () => {
    const [a] = (await plan(config)).cells
    const [b] = (await plan({ ...config, name: 'other', parameters: { 'training.iterations': [5, 6] } }))
      .cells
    expect(b!.id).toBe(a!.id)
    expect((await plan(config, '2')).cells[0]!.id).not.toBe(a!.id)
  })

  it('knows files by what they hold, wherever they are', async () => {
    const folder = temporaryFolder()
    const [one, two] = ['one', 'two'].map((name) => join(folder, name))
    const sweep = {
      name: 'files',
      base: {
        kind: 'training',
        config: {
          data: { kind: 'images', set: 'first.npz', testImages: 2 },
          network: { kind: 'smallCnn' },
          training: { learningRate: 0.1, epochs: 1 },
        },
      },
      parameters: { 'data.set': ['first.npz', 'second.npz'] },
    }
    const idsIn = async (directory: string) =>
      (await plan(sweep, '1', new ConfigFiles(directory))).cells.map(({ id }) => id)
    expect(await failure('FILE_NOT_FOUND', () => idsIn(one!))).toBe(
      `In \`base\`: Expected a file at ${join(one!, 'first.npz')}, found none.`,
    )
    for (const directory of [one!, two!]) {
      mkdirSync(directory)
      writeFileSync(join(directory, 'first.npz'), 'a')
      writeFileSync(join(directory, 'second.npz'), 'b')
    }
    expect(await idsIn(two!)).toEqual(await idsIn(one!))
    writeFileSync(join(two!, 'second.npz'), 'c')
    const [before, after] = [await idsIn(one!), await idsIn(two!)]
    expect([after[0] === before[0], after[1] === before[1]]).toEqual([true, false])
  })

  it('runs a point that is drawn twice once', async () => {
    const parameters = { 'training.iterations': [5, 6] }
    const { cells } = await plan({ ...config, design: { kind: 'random', count: 40 }, parameters })
    expect(cells).toHaveLength(2)
  })

  it('varies the preset of an experiment, defaults that are left out there included', async () => {
    const { cells } = await plan(
      onExperiment({ 'preset.radius': [0.5], 'preset.distribution.positions': ['fixed', 'shuffled'] }),
    )
    expect(cells[1]!.config).toMatchObject({
      experiment: 'standard-training',
      scale: 'smoke',
      seed: 1,
      preset: { radius: 0.5, distribution: { positions: 'shuffled', classes: 2 }, testSamples: 32 },
    })
  })

  it('takes every experiment as a base', async () => {
    for (const { id, presets } of experiments) {
      const { cells } = await plan({
        ...onExperiment({ preset: [presets.smoke] }, { experiment: id }),
      })
      expect(cells[0]!.config).toMatchObject({ experiment: id, preset: presets.smoke })
    }
  })

  it.each<[object, string]>([
    [
      { ...config, parameters: { 'data.nonRobustPatchs': [1, 2] } },
      'With data.nonRobustPatchs=1: Unknown option `nonRobustPatchs` in `data`; did you mean `nonRobustPatches`?',
    ],
    [
      onExperiment({ 'preset.raduis': [1] }),
      'With preset.raduis=1: Unknown option `raduis` in `preset`; did you mean `radius`?',
    ],
    [onExperiment({ radius: [1] }), 'With radius=1: Unknown option `radius` in `base`; it takes `preset`.'],
    [{ ...config, designs: {} }, 'Unknown option `designs` in `config`; did you mean `design`?'],
  ])('names the nearest option when there is none, %#', async (given, message) => {
    expect(await failure('UNKNOWN_OPTION', () => plan(given))).toBe(message)
  })

  it.each<[object, string]>([
    [{ ...config, name: 'Über' }, 'Expected `name` to be a name of lower-case letters, digits and hyphens'],
    [{ ...config, parameters: {} }, 'Expected `parameters` to be an object with at least one parameter'],
    [{ ...config, parameters: { seed: [1, 2] } }, 'Expected `parameters` to leave the seed to `seeds`'],
    [{ ...config, seeds: [1, 1] }, 'Expected `seeds` to be a list of different seeds'],
    [{ ...config, seeds: 0 }, 'Expected `seeds` to be an integer from 1 to 10000'],
    [
      { ...config, parameters: { 'data.dimension': [8, 3] } },
      'With data.dimension=3: Expected `dimension` to be at least 2·`classes`',
    ],
    [
      { ...config, parameters: { 'objective.attacks.0.radius': [0.1, -1] } },
      'With objective.attacks.0.radius=-1: Expected `objective.attacks[0].radius` to be',
    ],
    [
      onExperiment({ 'preset.training.samples': [1.5] }),
      'With preset.training.samples=1.5: Expected `preset.training.samples` to be an integer',
    ],
    [
      onExperiment({ 'preset.distribution.classes': [1] }),
      'With preset.distribution.classes=1: Expected `preset.distribution.classes` to be an integer from 2 to 100000',
    ],
    [
      { ...config, parameters: { 'training.iterations': [1], 'data.dimension': [5], 'data.classes': [3] } },
      'With data.dimension=5, data.classes=3: Expected `dimension` to be at least 2·`classes`',
    ],
    [
      { ...config, base: { kind: 'training', config: { ...training, network: {} } } },
      'In `base`: Expected `network.filtersPerClass` to be',
    ],
    [
      onExperiment({ 'preset.radius': [1] }, { experiment: 'standard-trainig' }),
      "got 'standard-trainig'; did you mean 'standard-training'?",
    ],
  ])('refuses what cannot run before anything does, %#', async (given, message) => {
    expect(await failure('INVALID_ARGUMENT', () => plan(given))).toContain(message)
  })
})
