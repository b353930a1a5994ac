import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  confidenceInterval95,
  mean,
  measure,
  median,
  sampleStandardDeviation,
  wilsonInterval,
} from '../../src/analysis/statistics.js'
import { failure } from '../helpers/errors.js'

const numbers = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 })

describe('statistics', () => {
  it('computes mean, deviation and median', () => {
    const values = [2, 4, 4, 4, 5, 5, 7, 9]
    expect(mean(values)).toBe(5)
    expect(sampleStandardDeviation(values)).toBeCloseTo(Math.sqrt(32 / 7), 14)
    expect(median(values)).toBe(4.5)
    expect(median([9, 1, 5])).toBe(5)
    expect(median(Float64Array.of(3))).toBe(3)
    expect(values).toEqual([2, 4, 4, 4, 5, 5, 7, 9])
  })

  it.each([
    [2, 12.706204736174698],
    [3, 4.302652729749464],
    [5, 2.7764451051977934],
    [10, 2.2621571627982053],
    [31, 2.0422724563012378],
  ])('uses the quantile of Student’s t for n = %i', (n, quantile) => {
    const values = Array.from({ length: n }, (_, index) => index)
    const { lower, upper } = confidenceInterval95(values) ?? { lower: Number.NaN, upper: Number.NaN }
    const halfWidth = (quantile * (sampleStandardDeviation(values) ?? 0)) / Math.sqrt(n)
    // jstat's quantiles are good to about eight digits.
    expect((upper - mean(values)) / halfWidth).toBeCloseTo(1, 7)
    expect((mean(values) - lower) / halfWidth).toBeCloseTo(1, 7)
  })

  it('has no interval for one value and a point for equal ones', () => {
    expect(measure([0.3])).toEqual({ value: 0.3, ci95: null, n: 1 })
    expect(sampleStandardDeviation([0.3])).toBeNull()
    expect(measure([0.1, 0.1, 0.1])).toEqual({ value: 0.1, ci95: { lower: 0.1, upper: 0.1 }, n: 3 })
  })

  it('refuses no values and non-finite ones', async () => {
    for (const statistic of [mean, sampleStandardDeviation, median, confidenceInterval95, measure]) {
      expect(await failure('INVALID_ARGUMENT', () => statistic([]))).toBe(
        'Expected `values` to be at least one number, got none.',
      )
      expect(await failure('INVALID_ARGUMENT', () => statistic([1, Number.NaN]))).toBe(
        'Expected `values[1]` to be a finite number, got NaN.',
      )
    }
  })

  it('keeps mean, median and interval in order and moves with the values', () => {
    fc.assert(
      fc.property(numbers, (values) => {
        const slack = 1e-9 * Math.max(1, ...values.map(Math.abs))
        const [low, high] = [Math.min(...values) - slack, Math.max(...values) + slack]
        for (const center of [mean(values), median(values)])
          expect(center >= low && center <= high).toBe(true)
        const interval = confidenceInterval95(values)
        if (interval !== null)
          expect(interval.lower <= mean(values) && mean(values) <= interval.upper).toBe(true)
        expect(Math.abs(mean(values.map((value) => value + 10)) - mean(values) - 10)).toBeLessThan(2 * slack)
      }),
    )
  })
})

describe('wilsonInterval', () => {
  it.each([
    [0, 10, 0, 0.2775327998628892],
    [10, 10, 0.7224672001371107, 1],
    [5, 10, 0.236593090512564, 0.7634069094874361],
    [90, 100, 0.8256343384950865, 0.9447708629393249],
  ])('of %i out of %i', (successes, n, lower, upper) => {
    const interval = wilsonInterval(successes, n)
    expect(interval.lower).toBeCloseTo(lower, 9)
    expect(interval.upper).toBeCloseTo(upper, 9)
  })

  it('stays in [0, 1] around the share', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.nat(1000), (a, b) => {
        const successes = Math.min(a, b)
        const n = Math.max(a, b, 1)
        const { lower, upper } = wilsonInterval(successes, n)
        expect(lower >= 0 && lower <= successes / n && successes / n <= upper && upper <= 1).toBe(true)
      }),
    )
  })

  it('refuses counts that are none', async () => {
    for (const [successes, n] of [
      [0, 0],
      [2, 1],
      [-1, 1],
      [0.5, 1],
      [0, Number.NaN],
    ] as const) {
      await failure('INVALID_ARGUMENT', () => wilsonInterval(successes, n))
    }
  })
})
