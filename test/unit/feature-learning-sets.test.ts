import { beforeEach, expect, it, vi } from 'vitest'
import { featureLearningPresets } from '../../src/experiments/feature-learning-presets.js'
import { constructedImages } from '../../src/experiments/feature-learning-sets.js'
import { extractFeatures } from '../../src/features/extract-features.js'
import { type ImageData, type LayeredNetwork, subset } from '../../src/index.js'
import { contextFor } from '../helpers/experiments.js'
import { describeLayered, randomImageData, randomImages } from '../helpers/layered-cases.js'

vi.mock('../../src/features/extract-features.js', async (original) => ({
  ...(await original<object>()),
  extractFeatures: vi.fn(),
}))

const size = { height: 28, width: 28, channels: 1, classes: 10 }
const [task] = featureLearningPresets.smoke.tasks
const made = randomImages(3, { ...size, count: task!.construction.images })

describeLayered('images that networks of one seed make for another', () => {
  const networks = { seed: 5, standard: {} as LayeredNetwork, adversarial: {} as LayeredNetwork }
  const lost: Record<string, number[]> = { robust: [0, 3], 'non-robust': [], 'targeted-next': [7] }

  beforeEach(() => {
    vi.mocked(extractFeatures).mockImplementation(async (_, __, { kind }) => ({
      dataset: made,
      construction: {} as never,
      initialLoss: new Float64Array(made.count),
      loss: new Float64Array(made.count),
      notFinite: Uint8Array.from({ length: made.count }, (_, n) => (lost[kind]!.includes(n) ? 1 : 0)),
    }))
  })

  const images = () => ({
    train: randomImageData(1, { ...size, count: 30 }),
    test: randomImageData(2, { ...size, count: 30 }),
  })
  const construct = () =>
    constructedImages(
      contextFor({}, [4]),
      { task: task!, images: images(), folder: 'mnist' },
      networks,
      () => {},
    )

  it('are those whose making came to its end, with a flag for each set that lost some', async () => {
    const { sets, grid, flags } = await construct()
    const kept = (...without: number[]) =>
      subset(made, { indices: [...made.labels.keys()].filter((n) => !without.includes(n)) }).images
    expect(sets.robust.images()).toEqual(kept(0, 3))
    expect(sets.nonRobust.images()).toEqual(kept())
    expect(sets.conflicting.images()).toEqual(kept(7))
    expect(flags.map(({ where, name }) => [where, name])).toEqual([
      ['mnist/seed-5/images/robust', 'images-not-finite'],
      ['mnist/seed-5/images/targeted-next', 'images-not-finite'],
    ])
    // What is shown stands beside its original, so nothing is left out there.
    for (const { images: column } of grid.columns.slice(1))
      expect(column.images).toEqual(subset(made, { indices: [...Array(10).keys()] }).images)
  })

  it('are of the first test images, robust ones by the network trained adversarially', async () => {
    await construct()
    const calls = vi.mocked(extractFeatures).mock.calls.slice(-3)
    expect(calls.map(([by, , { kind, seed }]) => [by === networks.adversarial, kind, seed])).toEqual([
      [true, 'robust', 5],
      [false, 'non-robust', 5],
      [false, 'targeted-next', 5],
    ])
    for (const [, originals] of calls)
      expect((originals as ImageData).images()).toEqual(
        images()
          .test.select([...Array(task!.construction.images).keys()])
          .images(),
      )
  })
})
