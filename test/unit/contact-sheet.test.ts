import { PNG } from 'pngjs'
import { expect, it } from 'vitest'
import { comparisonSheet } from '../../src/data/images/contact-sheet.js'
import { failure } from '../helpers/errors.js'
import { randomImages } from '../helpers/layered-cases.js'

const choice = { perClass: 2, seed: 1 }

it('a comparison has the same image of every data set in a row', () => {
  const images = randomImages(1, { count: 30 })
  const inverted = { ...images, images: images.images.map((byte) => 255 - byte) }
  const { data, width, height } = PNG.sync.read(Buffer.from(comparisonSheet([images, inverted], choice)))
  // 7 × 9 images enlarged sevenfold, two gaps of 2 around each.
  expect([width, height]).toEqual([2 * (9 * 7 + 2) + 2, 6 * (7 * 7 + 2) + 2])
  for (let row = 0; row < 6; row++) {
    const at = ((2 + row * 51) * width + 2) * 4
    for (let channel = 0; channel < 3; channel++)
      expect(data[at + channel]! + data[at + 65 * 4 + channel]!).toBe(255)
  }
})

it('data sets of different shapes are not compared', async () => {
  const [few, many] = [3, 4].map((count) => randomImages(1, { count }))
  expect(await failure('INVALID_ARGUMENT', () => comparisonSheet([few!, many!], choice))).toBe(
    'Expected `datasets` to be data sets of one shape, got 3 × 7 × 9 × 3 and 4 × 7 × 9 × 3.',
  )
  await failure('INVALID_ARGUMENT', () => comparisonSheet([], choice))
})
