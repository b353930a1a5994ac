import { describe, expect, it } from 'vitest'
import { normal, permutation, philox4x32, random, streamId, uniform } from '../../src/reference/index.js'

type Words4 = [number, number, number, number]
const ones = 0xffffffff

// Known answers published with Random123.
const knownAnswers: [string, Words4, [number, number], Words4][] = [
  ['zeros', [0, 0, 0, 0], [0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
  ['ones', [ones, ones, ones, ones], [ones, ones], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
  [
    'digits of pi',
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
]

describe('Philox 4×32-10', () => {
  it.each(knownAnswers)('gives the published words for %s', (_, counter, key, expected) => {
    expect(philox4x32(counter, key)).toEqual(expected)
  })
})

it.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['foobar', 0xbf9cf968],
])('the id of stream "%s" is its FNV-1a hash', (name, expected) => {
  expect(streamId(name)).toBe(expected)
})

describe('uniform', () => {
  it('packs the words of (block, item, round, stream) under the 64-bit seed', () => {
    const seed = 5 * 2 ** 32 + 7
    const values = uniform(seed, 'noise', 11, 4, 3)
    const [w0, w1, w2, w3] = philox4x32([1, 11, 3, streamId('noise')], [7, 5])
    const fromWords = (low: number, high: number) =>
      Number(((BigInt(high) << 32n) | BigInt(low)) >> 11n) * 2 ** -53
    expect(values[2]!).toBe(fromWords(w0, w1))
    expect(values[3]!).toBe(fromWords(w2, w3))
  })

  it('does not depend on how many are drawn, and has no draw for count 0', () => {
    const seven = uniform(1, 's', 0, 7)
    expect(uniform(1, 's', 0, 8).slice(0, 7)).toEqual(seven)
    expect(uniform(1, 's', 0, 0)).toHaveLength(0)
  })

  it('changes with seed, stream, item and round', () => {
    const first = uniform(1, 's', 0, 1)[0]!
    const others = [
      uniform(2, 's', 0, 1),
      uniform(1, 't', 0, 1),
      uniform(1, 's', 1, 1),
      uniform(1, 's', 0, 1, 1),
    ]
    for (const [value] of others) expect(value).not.toBe(first)
  })

  it('has the moments of the uniform distribution', () => {
    const values = uniform(3, 'moments', 0, 20000)
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - 0.5) ** 2, 0) / values.length
    // Five standard errors of each estimate.
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / 20000))
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / 20000))
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true)
  })
})

describe('normal', () => {
  it('is Box–Muller on the uniforms of the same stream', () => {
    const u1 = uniform(4, 'n', 2, 6, 9)[4]!
    const u2 = uniform(4, 'n', 2, 6, 9)[5]!
    const x = normal(4, 'n', 2, 6, 9)[4]!
    const y = normal(4, 'n', 2, 6, 9)[5]!
    expect(x ** 2 + y ** 2).toBeCloseTo(-2 * Math.log(1 - u1), 12)
    expect(x).toBeCloseTo(Math.sqrt(-2 * Math.log(1 - u1)) * Math.cos(2 * Math.PI * u2), 14)
  })

  it('does not depend on how many are drawn', () => {
    expect(normal(1, 's', 0, 8).slice(0, 7)).toEqual(normal(1, 's', 0, 7))
  })

  it('has the moments of the standard normal distribution', () => {
    const values = normal(5, 'moments', 0, 20000)
    const moment = (power: number) => values.reduce((sum, value) => sum + value ** power, 0) / values.length
    expect(Math.abs(moment(1))).toBeLessThan(5 * Math.sqrt(1 / 20000))
    expect(Math.abs(moment(2) - 1)).toBeLessThan(5 * Math.sqrt(2 / 20000))
    expect(Math.abs(moment(4) - 3)).toBeLessThan(5 * Math.sqrt(96 / 20000))
  })
})

describe('permutation', () => {
  it.each([0, 1, 2, 3, 17, 100])('of %d holds every number once', (count) => {
    const order = permutation(6, 'order', 0, count)
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i))
  })

  it('swaps from the end with consecutive uniforms', () => {
    const draws = uniform(7, 'order', 3, 2)
    const expected = [0, 1, 2]
    const first = Math.floor(draws[0]! * 3)
    ;[expected[2], expected[first]] = [expected[first]!, expected[2]!]
    const second = Math.floor(draws[1]! * 2)
    ;[expected[1], expected[second]] = [expected[second]!, expected[1]!]
    expect([...permutation(7, 'order', 3, 3)]).toEqual(expected)
  })

  it('finds each of the six orders of three equally often', () => {
    const counts = new Map<string, number>()
    for (let item = 0; item < 3000; item++) {
      const order = permutation(8, 'order', item, 3).join()
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    // Five standard deviations of a binomial count.
    for (const count of counts.values()) expect(Math.abs(count - 500)).toBeLessThan(5 * Math.sqrt(417))
  })
})

it('random is the three of them', () => {
  expect(random.uniform(1, 's', 2, 3)).toEqual(uniform(1, 's', 2, 3))
  expect(random.normal(1, 's', 2, 3)).toEqual(normal(1, 's', 2, 3))
  expect(random.permutation(1, 's', 2, 3)).toEqual(permutation(1, 's', 2, 3))
})
