import { expect, it } from 'vitest'
import {
  convolution,
  dense,
  type ExtractFeaturesOptions,
  extractFeatures,
  ImageData,
  subset,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import {
  all,
  bits,
  COUNT,
  extract,
  networkFor,
  originals,
  robust,
  targeted,
} from '../helpers/extraction-cases.js'
import { describeLayered, randomImages, trainableLayers } from '../helpers/layered-cases.js'

describeLayered('images of a network’s features', () => {
  it('come near the originals in the representation, from a random start', async () => {
    const { dataset, initialLoss, loss, notFinite, construction } = await extract(robust)
    expect(dataset).toMatchObject({ name: 'random-robust', count: COUNT, labels: originals.labels })
    expect(construction).toMatchObject({ kind: 'robust', layer: '4', start: 'uniform', stepSize: 0.5 })
    const meanOf = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / COUNT
    expect(meanOf(loss)).toBeLessThan(0.4 * meanOf(initialLoss))
    expect(notFinite).toEqual(new Uint8Array(COUNT))
    expect(dataset.images).not.toEqual(originals.images)
  })

  it('are told by what the network makes of their bytes', async () => {
    const network = networkFor(originals)
    const last = [...trainableLayers.slice(0, -1), dense({ units: 3 })]
    for (const options of [targeted, all.random]) {
      const { dataset, loss } = await extract(options)
      expect((await network.evaluate(ImageData.fromImages(dataset))).loss).toEqual(loss)
    }
    // The distance at the scores is one that anyone can compute.
    const { dataset, loss } = await extract({ ...robust, layer: String(last.length - 1) })
    const [scores, wanted] = await Promise.all(
      [dataset, originals].map(async (data) => (await network.evaluate(ImageData.fromImages(data))).scores),
    )
    for (const [image, distance] of loss.entries()) {
      const away = [0, 1, 2].map((j) => scores![3 * image + j]! - wanted![3 * image + j]!)
      expect(distance).toBeCloseTo(Math.hypot(...away), 5)
    }
  })

  it('of targeted kinds stay near the originals and bear the label that they were moved to', async () => {
    for (const norm of ['l2', 'linf'] as const) {
      const radius = norm === 'l2' ? 0.4 : 0.03
      const { dataset, initialLoss, loss } = await extract({ ...targeted, norm, radius })
      expect(dataset.labels).toEqual(originals.labels.map((label) => (label + 1) % 3))
      const size = dataset.images.length / COUNT
      for (let image = 0; image < COUNT; image++) {
        const moved = Array.from(
          { length: size },
          (_, i) => (dataset.images[image * size + i]! - originals.images[image * size + i]!) / 255,
        )
        const length = norm === 'l2' ? Math.hypot(...moved) : Math.max(...moved.map(Math.abs))
        const rounding = norm === 'l2' ? Math.sqrt(size) / 510 : 1 / 510
        expect(length).toBeLessThanOrEqual(radius + rounding)
        expect(length).toBeGreaterThan(radius / 2)
        expect(loss[image]).toBeLessThan(initialLoss[image]!)
      }
    }
    const { labels } = (await extract(all.random)).dataset
    for (const label of [0, 1, 2])
      expect(labels.filter((found) => found === label).length).toBeGreaterThan(COUNT / 6)
  })

  it('depend on the seed where something is random', async () => {
    const images = async (options: ExtractFeaturesOptions) => bits(await extract(options))
    expect(await images({ ...robust, seed: 1 })).not.toBe(await images(robust))
    expect(await images({ ...robust, start: 'noise' })).not.toBe(await images(robust))
    expect(await images({ ...all.random, seed: 1 })).not.toBe(await images(all.random))
    expect(await images({ ...targeted, seed: 1 })).toBe(await images(targeted))
  })

  it.each(Object.values(all))('are the same for any number of threads: %o', async (options) => {
    const [one, three] = await Promise.all([1, 3].map((threads) => extract({ ...options, threads })))
    expect(bits(one!)).toBe(bits(three!))
  })

  it('of few images are those of many', async () => {
    for (const options of Object.values(all)) {
      const few = await extract({ ...options }, subset(originals, { count: 3 }))
      const many = await extract(options)
      expect(few.dataset.images).toEqual(many.dataset.images.subarray(0, few.dataset.images.length))
      expect(few.loss).toEqual(many.loss.subarray(0, 3))
    }
    expect((await extract(robust, subset(originals, { count: 0 }))).dataset.count).toBe(0)
  })

  it('are the same from an ImageData', async () => {
    const set = await extractFeatures(networkFor(originals), ImageData.fromImages(originals), robust)
    expect(set.dataset.name).toBe('images-robust')
    expect(bits(set)).toBe(bits(await extract(robust)))
  })

  it('are started like the data where that is asked for', async () => {
    const dark = { ...originals, images: originals.images.map((byte) => (byte > 250 ? 1 : 0)) }
    // With a step too small to be seen, the start itself is left.
    const { dataset } = await extract({ ...robust, steps: 1, stepSize: 1e-9, start: 'noise' }, dark)
    expect(Math.max(...dataset.images)).toBeLessThan(5)
  })
})

describeLayered('what cannot be extracted', () => {
  it.each([
    [{ kind: 'robust', layer: '7' }, /^Expected `layer` to be one of 0 \(convolution\), .*, got '7'\.$/],
    [{ kind: 'targeted-next', radius: 0 }, 'Expected `radius` to be a positive number, got 0.'],
    [{ kind: 'robust', stepSize: 0 }, 'Expected `stepSize` to be a positive number, got 0.'],
    [{ kind: 'robust', steps: 0 }, 'Expected `steps` to be an integer from 1 to 1000000, got 0.'],
    [{ kind: 'robust', onProgress: 3 }, 'Expected `onProgress` to be a function, got 3.'],
    [{}, /^Expected `kind` to be /],
    [{ kind: 'robustt' }, /^Expected `kind` to be .*'robustt'/],
  ])('%j', async (options, expected) => {
    const message = await failure('INVALID_ARGUMENT', () => extract(options as ExtractFeaturesOptions))
    expect(message).toMatch(expected)
  })

  it('options of the other kinds', async () => {
    for (const options of [
      { ...robust, radius: 1 },
      { ...targeted, layer: '3' },
      { ...robust, step: 3 },
    ])
      await failure('UNKNOWN_OPTION', () => extract(options as ExtractFeaturesOptions))
  })

  it('images of another size, no images and no network', async () => {
    const other = randomImages(1, { height: 8 })
    const refused = (network: unknown, data: unknown) =>
      failure('INVALID_ARGUMENT', () => extractFeatures(network as never, data as never, robust))
    expect(await refused(networkFor(originals), other)).toMatch(/^Expected `data` to be 7 × 9 × 3 images/)
    expect(await refused(networkFor(originals), {})).toMatch(/^Expected `data` to have images and labels/)
    expect(await refused({}, originals)).toMatch(/^Expected `network` to be a LayeredNetwork/)
    const bare = networkFor(originals, [dense({ units: 3 })])
    expect(await refused(bare, originals)).toMatch(/^Expected `network` to have a layer before/)
  })

  it('numbers that overflow: those images are flagged, the others go on', async () => {
    const network = networkFor(originals, [
      convolution({ channels: 2, window: 1, bias: false }),
      dense({ units: 3, bias: false }),
    ])
    // The first layer's weights carry white images beyond float32, and dark ones not.
    const parameters = network.parameters.map((_, index) => (index < 6 ? 1.2e38 : 2e-38))
    const overflowing = network.withState(parameters, network.statistics)
    const size = originals.images.length / COUNT
    const images = originals.images.map((_, i) => (Math.floor(i / size) === 2 ? 255 : 20))
    const data = { ...originals, images }
    for (const options of [{ ...robust, start: 'noise' as const }, targeted]) {
      const { notFinite, loss } = await extractFeatures(overflowing, data, options)
      expect(notFinite[2]).toBe(1)
      expect(loss[2]).toBeNaN()
      expect(notFinite.reduce((sum, flag) => sum + flag, 0)).toBe(1)
      expect(loss.filter(Number.isNaN)).toHaveLength(1)
    }
  })
})
