import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { designPoints } from '../../src/sweeps/design.js'
import { withOption } from '../../src/sweeps/option-path.js'
import { failure } from '../helpers/errors.js'

const numbersOf = (points: readonly Readonly<Record<string, unknown>>[], name: string) =>
  points.map((point) => Number(point[name]))

describe('a grid', () => {
  it('has every combination once, the last parameter running fastest', () => {
    expect(designPoints({ kind: 'grid' }, { a: [1, 2], b: ['x', 'y', { z: 0 }] })).toEqual([
      { a: 1, b: 'x' },
      { a: 1, b: 'y' },
      { a: 1, b: { z: 0 } },
      { a: 2, b: 'x' },
      { a: 2, b: 'y' },
      { a: 2, b: { z: 0 } },
    ])
  })

  it.each<[object, string]>([
    [{}, 'Expected `parameters` to be an object with at least one parameter, got an empty object.'],
    [
      { 'a.b': [] },
      "Expected `parameters['a.b']` to be a list of at least one value, got an array of length 0.",
    ],
    [{ a: { low: 0, high: 1 } }, "Expected `parameters['a']` to be a list of values in a grid, got a range."],
    [{ a: [1, 2, 1] }, "Expected `parameters['a']` to be a list of different values, got 1 more than once."],
    [
      { a: Array.from({ length: 400 }, (_, i) => i), b: Array.from({ length: 400 }, (_, i) => i) },
      'Expected `parameters` to be lists of at most 100000 combinations, got 160000.',
    ],
  ])('%# is refused', async (parameters, message) => {
    const given = parameters as Record<string, unknown>
    expect(await failure('INVALID_ARGUMENT', () => designPoints({ kind: 'grid' }, given))).toBe(message)
  })
})

describe('a Latin hypercube', () => {
  it('has one value of every parameter in each of its equal parts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 1e6 }), (count, seed) => {
        const points = designPoints(
          { kind: 'latinHypercube', count, seed },
          { linear: { low: -1, high: 3 }, log: { low: 0.01, high: 100, scale: 'log' } },
        )
        const parts = Array.from({ length: count }, (_, part) => part)
        const linear = numbersOf(points, 'linear').map((value) => Math.floor(((value + 1) / 4) * count))
        // Far enough from the parts' ends for rounding of log and exp.
        const log = numbersOf(points, 'log').map((value) => ((Math.log10(value) + 2) / 4) * count)
        expect(linear.toSorted((a, b) => a - b)).toEqual(parts)
        for (const [part, place] of log.toSorted((a, b) => a - b).entries()) {
          expect(place).toBeGreaterThan(part - 1e-9)
          expect(place).toBeLessThan(part + 1 + 1e-9)
        }
      }),
      { numRuns: 30, seed: 1 },
    )
  })

  it('takes every value of a list and of an integer range equally often', () => {
    const points = designPoints(
      { kind: 'latinHypercube', count: 12 },
      { list: ['a', 'b', 'c'], integer: { low: 2, high: 5, integer: true } },
    )
    for (const value of ['a', 'b', 'c']) expect(points.filter(({ list }) => list === value)).toHaveLength(4)
    for (const value of [2, 3, 4, 5])
      expect(points.filter(({ integer }) => integer === value)).toHaveLength(3)
  })

  it('joins the parts at random', () => {
    const points = designPoints(
      { kind: 'latinHypercube', count: 50 },
      { a: { low: 0, high: 1 }, b: { low: 0, high: 1 } },
    )
    const order = (name: string) => numbersOf(points, name).map((value) => Math.floor(50 * value))
    expect(order('a')).not.toEqual(order('b'))
    expect(order('a')).not.toEqual(order('a').toSorted((x, y) => x - y))
  })
})

describe('a random design', () => {
  it('stays in its ranges, ends of integers included', () => {
    const points = designPoints(
      { kind: 'random', count: 400 },
      {
        log: { low: 1, high: 1000, scale: 'log' },
        integer: { low: 1, high: 4, integer: true },
        logInteger: { low: 1, high: 9, scale: 'log', integer: true },
      },
    )
    const log = numbersOf(points, 'log')
    expect(Math.min(...log)).toBeGreaterThanOrEqual(1)
    expect(Math.max(...log)).toBeLessThanOrEqual(1000)
    // Half below the geometric mean, give or take five standard deviations.
    expect(Math.abs(log.filter((value) => value < Math.sqrt(1000)).length - 200)).toBeLessThan(50)
    expect(new Set(numbersOf(points, 'integer'))).toEqual(new Set([1, 2, 3, 4]))
    expect([...new Set(numbersOf(points, 'logInteger'))].toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
  })

  it.each<[object, string]>([
    [{ low: 2, high: 1 }, 'Expected `parameters.a.high` to be greater than `low`, got 1.'],
    [
      { low: 0, high: 1, scale: 'log' },
      'Expected `parameters.a.low` to be positive on a logarithmic scale, got 0.',
    ],
    [
      { low: 0.5, high: 1, integer: true },
      'Expected `parameters.a.low` to be an integer where `integer` is true, got 0.5.',
    ],
    [
      { low: 0, high: 1, scale: 'linaer' },
      "Expected `parameters.a.scale` to be one of 'linear', 'log', got 'linaer'; did you mean 'linear'?",
    ],
    [{ low: 0, high: Number.NaN }, 'Expected `parameters.a.high` to be a finite number, got NaN.'],
  ])('with the range %j is refused', async (range, message) => {
    const draw = () => designPoints({ kind: 'random', count: 2 }, { a: range })
    expect(await failure('INVALID_ARGUMENT', draw)).toBe(message)
  })
})

describe.each(['random', 'latinHypercube'] as const)('a %s design', (kind) => {
  const ranges = { a: { low: 0, high: 1 }, b: { low: 0, high: 1 } }

  it('is the same for the same seed, another for another', () => {
    const draw = (seed: number) => designPoints({ kind, count: 9, seed }, ranges)
    expect(draw(3)).toEqual(draw(3))
    expect(draw(3)).not.toEqual(draw(4))
  })

  it('draws a parameter by its name, whatever stands beside it', () => {
    const alone = designPoints({ kind, count: 9 }, { b: ranges.b })
    expect(designPoints({ kind, count: 9 }, ranges).map(({ b }) => ({ b }))).toEqual(alone)
  })
})

describe('withOption', () => {
  const config = { data: { patches: 5 }, attacks: [{ radius: 1 }, { radius: 2 }] }

  it('changes a copy, through objects and lists', () => {
    expect(withOption(config, 'attacks.1.radius', 3)).toEqual({
      data: { patches: 5 },
      attacks: [{ radius: 1 }, { radius: 3 }],
    })
    expect(withOption(config, 'evaluation.restarts', 3)).toEqual({ ...config, evaluation: { restarts: 3 } })
    expect(config.attacks[1]).toEqual({ radius: 2 })
  })

  it('leaves the prototype alone', () => {
    const changed = withOption({}, '__proto__.polluted', true) as Record<string, unknown>
    expect(Object.keys(changed)).toEqual(['__proto__'])
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  it.each([
    ['data.patches.low', '`data.patches` is 5.'],
    ['attacks.2.radius', '`attacks` is an array of length 2.'],
    ['attacks.last.radius', '`attacks` is an array of length 2.'],
  ])('refuses %s', async (path, ending) => {
    expect(await failure('INVALID_ARGUMENT', () => withOption(config, path, 1))).toBe(
      `Expected \`parameters\` to name options of the base, got \`${path}\`, where ${ending}`,
    )
  })
})
