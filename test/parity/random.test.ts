import { describe, expect, it } from 'vitest'
import { random as oracle } from '../../src/reference/index.js'
import { addon } from '../helpers/native-cases.js'
import { normalTolerance } from '../helpers/tolerances.js'

const { random } = addon

const places = [
  [0, '', 0],
  [1, 'training/order', 1],
  [2 ** 32 - 1, 'data/train/noise', 12345],
  [2 ** 32, 'data/train/noise', 2 ** 32 - 1],
  [2 ** 53 - 1, 'ü–𝛿', 7],
] as const

describe.each(places)('draws of (%d, "%s", %d)', (seed, stream, item) => {
  it.each([0, 1, 2, 3, 64, 101])('%i uniform numbers, bit for bit', (count) => {
    expect(random.uniform(seed, stream, item, count)).toEqual(oracle.uniform(seed, stream, item, count))
  })

  it.each([0, 1, 2, 3, 64, 101])('%i normal numbers', (count) => {
    const found = random.normal(seed, stream, item, count)
    const expected = oracle.normal(seed, stream, item, count)
    expect(found.length).toBe(count)
    for (let i = 0; i < count; i++) {
      expect(Math.abs(found[i]! - expected[i]!)).toBeLessThanOrEqual(normalTolerance(expected[i]!))
    }
  })

  it.each([0, 1, 2, 3, 257])('a permutation of %i', (count) => {
    const found = random.permutation(seed, stream, item, count)
    expect(found).toEqual(oracle.permutation(seed, stream, item, count))
    expect([...found].sort((a, b) => a - b)).toEqual([...found.keys()])
  })
})

it('draws do not depend on how many are asked for', () => {
  const long = random.normal(5, 'stream', 2, 100)
  expect(random.normal(5, 'stream', 2, 37)).toEqual(long.slice(0, 37))
})
