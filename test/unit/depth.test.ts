import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it, vi } from 'vitest'
import { fetchDataSet } from '../../src/data/images/fetch/fetch-data-set.js'
import { depth } from '../../src/experiments/depth.js'
import { type DepthPreset, depthPresets } from '../../src/experiments/depth-presets.js'
import { RobustFeaturesError } from '../../src/index.js'
import { contextFor, expectSound } from '../helpers/experiments.js'
import { describeLayered } from '../helpers/layered-cases.js'

vi.mock('../../src/data/images/fetch/fetch-data-set.js', () => ({ fetchDataSet: vi.fn() }))

const { patches, tasks } = depthPresets.smoke
const [mnist] = tasks
const tiny: DepthPreset = {
  patches: { ...patches, training: { ...patches.training, iterations: 6 }, recordEvery: 2 },
  tasks: tasks.map((task) => ({
    ...task,
    trainingImages: 30,
    testImages: 40,
    batchSize: 10,
    probe: { ...task.probe, images: 20 },
    features: { ...task.features, images: 40, steps: 2 },
  })),
}

describeLayered('depth', () => {
  let notes: string[] = []
  const contextOf = (preset: DepthPreset, threads = 1) => ({
    ...contextFor(preset, [1, 2], threads),
    note: (message: string) => notes.push(message),
  })

  beforeEach(() => {
    notes = []
  })

  it('judges what it measured, to the same bits for any threads and after interruptions', async () => {
    const [context, other] = [contextOf(tiny, 1), contextOf(tiny, 3)]
    const whole = await depth.run(context)
    for (const activity of ['patches, seed 2, two-layers, adversarial', 'mnist, seed 2, robust images']) {
      const stop = new AbortController()
      const report = (_: number, now: string) => {
        if (now === activity) stop.abort()
      }
      await expect(depth.run({ ...other, report, signal: stop.signal })).rejects.toMatchObject({
        code: 'ABORTED',
      })
    }
    expect(await depth.run(other)).toEqual(whole)
    const [one, two] = [context, other].map(({ directory }) =>
      readFileSync(join(directory, 'patches/seed-2/two-layers/adversarial/weights.safetensors')),
    )
    expect(two).toEqual(one)
    const { records, figures, grids } = whole
    // Of so few images the strength of features may not be told.
    const told = records.filter(({ id }) => !id.includes('/feature-'))
    expectSound(told, 'depth', [1, 2])
    const networks = ['one-layer', 'two-layers'].flatMap((layers) =>
      ['standard', 'adversarial'].flatMap((training) => [
        `depth/patches/${layers}/${training}`,
        `depth/patches/${layers}/${training}/all-layers`,
      ]),
    )
    const stages = [1, 2, 3, 4].flatMap((stage) =>
      ['robust-features', 'non-robust-features', 'balance'].map(
        (part) => `depth/mnist/stage-${stage}/${part}`,
      ),
    )
    expect(records.map(({ id }) => id)).toEqual([
      ...networks,
      ...stages,
      'depth/mnist/feature-strength',
      'depth/mnist/feature-density',
    ])
    expect(records.map(({ dataset }) => dataset)).toEqual([
      ...networks.map(() => undefined),
      ...new Array(14).fill('mnist'),
    ])
    expect(figures.map(({ id }) => id)).toEqual([
      'coefficients-one-layer',
      'coefficients-two-layers',
      'patch-networks',
      'mnist-probes',
      'mnist-probes-attacked',
      'mnist-features',
    ])
    expect(grids!.map(({ id, columns }) => [id, ...columns.map(({ name }) => name)])).toEqual([
      ['mnist-constructed-images', 'original', 'robust', 'non-robust'],
    ])
    const points = figures[0]!.rows.filter(
      ({ feature, group }) => feature === 'robust' && group === 'standard',
    )
    expect(points.map(({ iteration }) => iteration)).toEqual([2, 4, 6])
    expect(figures[3]!.rows).toHaveLength(2 * 2 * 4)
  })

  it('judges a lone seed on its own images, and says so', async () => {
    const preset = {
      ...tiny,
      patches: { ...tiny.patches, training: { ...tiny.patches.training, iterations: 2 } },
    }
    const { records } = await depth.run({ ...contextOf(preset), seeds: [5] })
    expect(records.every(({ verdict }) => verdict === 'inconclusive')).toBe(true)
    expect(notes).toEqual([expect.stringContaining('With one seed')])
  })

  it('passes over a data set that is not there', async () => {
    vi.mocked(fetchDataSet).mockRejectedValueOnce(
      new RobustFeaturesError('FETCH_FAILED', 'Expected a source, got none.'),
    )
    vi.stubEnv('ROBUST_FEATURES_DATA', '/nowhere')
    const { records, flags } = await depth.run(
      contextOf({ ...tiny, tasks: [{ ...mnist!, dataset: 'cifar10' }] }),
    )
    vi.unstubAllEnvs()
    expect(records).toHaveLength(8)
    expect(flags.filter(({ name }) => name === 'data-set-skipped').map(({ where }) => where)).toEqual([
      'cifar10',
    ])
  })
})
