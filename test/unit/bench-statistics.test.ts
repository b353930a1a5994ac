import { describe, expect, it } from 'vitest'
import { largestRelativeDifference, quantile, ratio, summarize } from '../../bench/measurement/statistics.js'

describe('summaries of rounds', () => {
  it('give median, minimum and interquartile range over median', () => {
    expect(summarize([5, 1, 3, 2, 4])).toEqual({ medianMs: 3, minimumMs: 1, spread: 2 / 3 })
    expect(summarize([7])).toEqual({ medianMs: 7, minimumMs: 7, spread: 0 })
  })

  it('interpolate between neighbours', () => {
    expect(quantile([10, 20], 0.25)).toBe(12.5)
    expect(quantile([30, 10, 20], 0.5)).toBe(20)
    expect(quantile([30, 10, 20], 1)).toBe(30)
  })
})

describe('the ratio of two contenders', () => {
  it('is the median of the quotients within rounds, not the quotient of the medians', () => {
    expect(ratio([2, 40, 6], [1, 10, 6])).toBe(2)
  })

  it('pairs the rounds that both have', () => {
    expect(ratio([8], [2, 100, 100])).toBe(4)
    expect(ratio([8, 1, 1], [2])).toBe(4)
  })
})

describe('the difference of two trajectories', () => {
  it('is the largest relative one', () => {
    expect(largestRelativeDifference([2, 4], [2, 5])).toBe(0.25)
    expect(largestRelativeDifference([2, -4], [2, -4])).toBe(0)
  })

  it.each([
    [[1, 2], [1]],
    [[], []],
    [
      [1, 2],
      [1, Number.NaN],
    ],
    [[0], [0]],
  ])('%# is infinite where nothing can be said', (expected, found) => {
    expect(largestRelativeDifference(expected, found)).toBe(Number.POSITIVE_INFINITY)
  })
})
