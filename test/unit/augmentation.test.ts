import { describe, expect, it } from 'vitest'
import { augment, augmentationDraw } from '../../src/data/images/augmentation.js'
import { createImageDataset } from '../../src/data/images/image-dataset.js'
import { failure } from '../helpers/errors.js'

const dataset = createImageDataset({
  name: 'tiny',
  images: Uint8Array.from({ length: 40 * 3 * 4 * 2 }, (_, index) => 1 + (index % 255)),
  labels: new Uint8Array(40),
  height: 3,
  width: 4,
  channels: 2,
  classes: 2,
})

/** Pads, cuts out and mirrors in three steps, as in a textbook. */
function inSteps(padding: number, seed: number, epoch: number, flips: boolean): number[] {
  const { height, width, channels, count, images } = dataset
  const result: number[] = []
  for (let image = 0; image < count; image++) {
    const { row, column, flip } = augmentationDraw({ padding, flip: flips }, { seed, epoch, image })
    const blank = () => Array.from({ length: channels }, () => 0)
    const padded = Array.from({ length: height + 2 * padding }, (_, y) =>
      Array.from({ length: width + 2 * padding }, (_, x) => {
        const [r, c] = [y - padding, x - padding]
        if (r < 0 || r >= height || c < 0 || c >= width) return blank()
        const start = ((image * height + r) * width + c) * channels
        return [...images.subarray(start, start + channels)]
      }),
    )
    const cut = padded.slice(row, row + height).map((line) => line.slice(column, column + width))
    result.push(...cut.flatMap((line) => (flip ? line.toReversed() : line)).flat())
  }
  return result
}

describe('augment', () => {
  it('pads, cuts out and mirrors', () => {
    for (const [padding, flip] of [
      [2, true],
      [1, false],
      [0, true],
    ] as const)
      expect([...augment(dataset, { padding, flip, seed: 3, epoch: 2 }).images]).toEqual(
        inSteps(padding, 3, 2, flip),
      )
  })

  it('changes nothing without padding and flips', () => {
    expect(augment(dataset, { padding: 0, flip: false, seed: 3, epoch: 0 })).toEqual(dataset)
  })

  it('depends on seed and epoch', () => {
    const images = (seed: number, epoch: number) => augment(dataset, { padding: 2, seed, epoch }).images
    expect(images(1, 0)).toEqual(images(1, 0))
    expect(images(1, 0)).not.toEqual(images(1, 1))
    expect(images(1, 0)).not.toEqual(images(2, 0))
  })
})

describe('augmentationDraw', () => {
  it('is this for these counters, in every implementation', () => {
    const draw = (seed: number, epoch: number, image: number) =>
      augmentationDraw({ padding: 4, flip: true }, { seed, epoch, image })
    expect([draw(7, 0, 0), draw(7, 0, 1), draw(7, 1, 0), draw(2 ** 40 + 1, 90, 49999)]).toEqual([
      { row: 4, column: 3, flip: true },
      { row: 0, column: 8, flip: false },
      { row: 7, column: 3, flip: true },
      { row: 3, column: 1, flip: true },
    ])
  })

  it('draws every offset equally often and mirrors half of the images', () => {
    const counts = { row: new Array(5).fill(0), column: new Array(5).fill(0), flip: 0 }
    const samples = 4000
    for (let image = 0; image < samples; image++) {
      const { row, column, flip } = augmentationDraw({ padding: 2 }, { seed: 1, epoch: 3, image })
      counts.row[row]++
      counts.column[column]++
      counts.flip += Number(flip)
    }
    // Five standard deviations of a binomial count.
    const near = (count: number, share: number) =>
      expect(Math.abs(count - samples * share)).toBeLessThan(5 * Math.sqrt(samples * share * (1 - share)))
    for (const count of [...counts.row, ...counts.column]) near(count, 1 / 5)
    near(counts.flip, 1 / 2)
  })

  it('keeps the crops when flips are turned off', () => {
    const position = { seed: 1, epoch: 0, image: 5 }
    const { row, column } = augmentationDraw({ flip: true }, position)
    expect(augmentationDraw({ flip: false }, position)).toEqual({ row, column, flip: false })
  })

  it('refuses what has no counter', async () => {
    const position = { seed: 1, epoch: 0, image: 0 }
    const refused = (options: object, change: object) =>
      failure('INVALID_ARGUMENT', () => augmentationDraw(options, { ...position, ...change }))
    expect(await refused({ padding: -1 }, {})).toContain('`padding`')
    expect(await refused({}, { epoch: 2 ** 32 })).toContain('`epoch`')
    expect(await refused({}, { image: 0.5 })).toContain('`image`')
  })
})
