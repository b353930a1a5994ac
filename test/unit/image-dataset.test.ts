import { describe, expect, it } from 'vitest'
import {
  classCounts,
  createImageDataset,
  subset,
  trainTestSplit,
} from '../../src/data/images/image-dataset.js'
import { failure } from '../helpers/errors.js'

const fields = {
  name: 'tiny',
  images: Uint8Array.from({ length: 12 }, (_, index) => index),
  labels: Uint8Array.of(0, 2, 2),
  height: 2,
  width: 1,
  channels: 2,
  classes: 3,
}
const dataset = createImageDataset(fields)

describe('createImageDataset', () => {
  it('counts the images', () => {
    expect(dataset.count).toBe(3)
    expect(classCounts(dataset)).toEqual([1, 0, 2])
  })

  it('refuses parts that do not fit', async () => {
    const create = (change: object) =>
      failure('INVALID_ARGUMENT', () => createImageDataset({ ...fields, ...change }))
    expect(await create({ images: new Uint8Array(11) })).toBe(
      'Expected `images` to hold 3 × 2 × 1 × 2 = 12 bytes, got 11.',
    )
    expect(await create({ classes: 2 })).toBe('Expected `labels[1]` to be from 0 to 1, got 2.')
    expect(await create({ height: 0 })).toContain('`height`')
  })
})

describe('subset', () => {
  it('keeps the first images or the chosen ones, as copies', () => {
    expect([...subset(dataset, { count: 2 }).labels]).toEqual([0, 2])
    const chosen = subset(dataset, { indices: [2, 0, 2] })
    expect(chosen).toMatchObject({ name: 'tiny', count: 3, classes: 3 })
    expect([...chosen.images]).toEqual([8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11])
    expect([...chosen.labels]).toEqual([2, 0, 2])
    expect(subset(dataset, { count: 0 }).count).toBe(0)
    chosen.images.fill(0)
    expect(dataset.images[8]).toBe(8)
  })

  it('draws at random by seed, without replacement, and prefixes agree', () => {
    const drawn = (count: number, seed: number) => [...subset(many, { count, seed }).labels]
    expect(drawn(100, 1).toSorted((a, b) => a - b)).toEqual([...many.labels])
    expect(drawn(10, 1)).toEqual(drawn(100, 1).slice(0, 10))
    expect(drawn(10, 1)).not.toEqual(drawn(10, 2))
    expect(drawn(10, 1)).not.toEqual([...many.labels.subarray(0, 10)])
  })

  it('refuses what the data set does not hold', async () => {
    const choose = (options: Parameters<typeof subset>[1]) =>
      failure('INVALID_ARGUMENT', () => subset(dataset, options))
    expect(await choose({ count: 4 })).toBe('Expected `count` to be an integer from 0 to 3, got 4.')
    expect(await choose({ indices: [0, 3] })).toBe(
      'Expected `indices[1]` to be an integer from 0 to 2, got 3.',
    )
    expect(await choose({ indices: [-1] })).toContain('got -1')
  })
})

const many = createImageDataset({
  ...fields,
  images: new Uint8Array(400),
  labels: Uint8Array.from({ length: 100 }, (_, index) => index),
  classes: 100,
})

describe('trainTestSplit', () => {
  it('parts the images at random, by seed', () => {
    const { train, test } = trainTestSplit(many, { testCount: 30, seed: 5 })
    expect([train.count, test.count]).toEqual([70, 30])
    expect([...train.labels, ...test.labels].toSorted((a, b) => a - b)).toEqual([...many.labels])
    expect(trainTestSplit(many, { testCount: 30, seed: 5 }).test).toEqual(test)
    expect(trainTestSplit(many, { testCount: 30, seed: 6 }).test).not.toEqual(test)
  })

  it('leaves either part empty when asked, and refuses more than there is', async () => {
    expect(trainTestSplit(many, { testCount: 0, seed: 1 }).test.count).toBe(0)
    expect(trainTestSplit(many, { testCount: 100, seed: 1 }).train.count).toBe(0)
    expect(await failure('INVALID_ARGUMENT', () => trainTestSplit(many, { testCount: 101, seed: 1 }))).toBe(
      'Expected `testCount` to be an integer from 0 to 100, got 101.',
    )
    expect(await failure('INVALID_ARGUMENT', () => subset(many, { count: 1, seed: -1 }))).toContain('`seed`')
  })
})
