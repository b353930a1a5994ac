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

it('a comparison with text has heads, classes and, of moved images, where they went', () => {
  const images = randomImages(1, { count: 30 })
  const moved = { ...images, labels: images.labels.map((label) => (label + 1) % 3) }
  const sheet = (classNames: readonly string[], titles = ['original', 'targeted-next']) =>
    PNG.sync.read(Buffer.from(comparisonSheet([images, moved], choice, { titles, classNames })))
  const { data, width, height } = sheet(['cat', 'dog', 'owl'])
  // Heads of two lines of 14; three letters of 8 on the left; the widest is `targeted-`, of 72; a line below images.
  expect([width, height]).toEqual([3 * 8 + 2 * (72 + 2) + 2, 28 + 6 * (51 + 14) + 2])
  const isInk = (x: number, y: number) =>
    data.subarray((y * width + x) * 4, (y * width + x) * 4 + 3).join() === '0,0,0'
  // The letter c, of 3 × 5 dots of two pixels, beside the first image.
  const dots = Array.from({ length: 5 }, (_, row) =>
    Array.from({ length: 3 }, (_, column) => (isInk(2 + 2 * column, 30 + 2 * row) ? '#' : '.')).join(''),
  )
  expect(dots).toEqual(['.##', '#..', '#..', '#..', '.##'])
  expect(sheet(['cat', 'dog', 'owl']).data).toEqual(data)
  expect(sheet(['cat', 'dog', 'cow']).data).not.toEqual(data)
})

it('data sets of different shapes are not compared', async () => {
  const [few, many] = [3, 4].map((count) => randomImages(1, { count }))
  expect(await failure('INVALID_ARGUMENT', () => comparisonSheet([few!, many!], choice))).toBe(
    'Expected `datasets` to be data sets of one shape, got 3 × 7 × 9 × 3 and 4 × 7 × 9 × 3.',
  )
  await failure('INVALID_ARGUMENT', () => comparisonSheet([], choice))
})
