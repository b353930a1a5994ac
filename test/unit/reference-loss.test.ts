import { describe, expect, it } from 'vitest'
import { crossEntropy, margin, residual } from '../../src/reference/index.js'
import { centralDifferences, largestDifference, numbers } from '../helpers/reference-cases.js'

function gradientOf(loss: 'crossEntropy' | 'margin', scores: Float64Array, label: number): Float64Array {
  const direction = new Float64Array(scores.length)
  const { scale } = residual(loss, scores, label, direction)
  return direction.map((value) => scale * value)
}

describe('cross-entropy', () => {
  it.each([-300, -20, -1, 0, 1, 20, 100, 300])('is log(1 + e^−margin) for two classes at margin %d', (m) => {
    const expected = m >= 0 ? Math.log1p(Math.exp(-m)) : -m + Math.log1p(Math.exp(m))
    const loss = crossEntropy(Float64Array.of(3, 3 + m), 1)
    expect(Math.abs(loss / expected - 1)).toBeLessThan(1e-13)
  })

  it.each([-300, -20, 0, 20, 100, 300])('gives the wrong class its probability at margin %d', (m) => {
    const gradient = gradientOf('crossEntropy', Float64Array.of(m, 0), 0)
    const wrongProbability = m >= 0 ? Math.exp(-m) / (1 + Math.exp(-m)) : 1 / (1 + Math.exp(m))
    expect(Math.abs(gradient[1]! / wrongProbability - 1)).toBeLessThan(1e-13)
    expect(gradient[0]!).toBe(-gradient[1]!)
  })

  it('does not see a common shift of the scores', () => {
    const scores = Float64Array.of(0.5, -1, 2)
    const shifted = scores.map((score) => score + 1024)
    for (const label of [0, 1, 2]) {
      expect(crossEntropy(shifted, label)).toBe(crossEntropy(scores, label))
      expect(gradientOf('crossEntropy', shifted, label)).toEqual(gradientOf('crossEntropy', scores, label))
    }
  })

  it('has a direction of largest wrong entry 1 that sums to 0, whatever the margin', () => {
    for (const m of [0, 100, 700, 5000]) {
      const direction = new Float64Array(3)
      residual('crossEntropy', Float64Array.of(0, m, -Math.LN2), 1, direction)
      expect(direction[0]!).toBe(1)
      expect(direction[2]!).toBeCloseTo(0.5, 15)
      expect(direction[0]! + direction[1]! + direction[2]!).toBe(0)
    }
  })

  it('is log k and 1/k at equal scores', () => {
    const scores = new Float64Array(4)
    expect(crossEntropy(scores, 2)).toBeCloseTo(Math.log(4), 15)
    expect(largestDifference(gradientOf('crossEntropy', scores, 2), [0.25, 0.25, -0.75, 0.25])).toBeLessThan(
      1e-15,
    )
  })
})

describe('margin loss', () => {
  it('is minus the margin and moves the own and the largest wrong score', () => {
    const direction = new Float64Array(4)
    const result = residual('margin', Float64Array.of(1, 5, 2, 4), 2, direction)
    expect(result).toEqual({ loss: 3, scale: 1, margin: -3 })
    expect(direction).toEqual(Float64Array.of(0, 1, -1, 0))
  })

  it('takes the first of equal wrong scores', () => {
    const direction = new Float64Array(4)
    residual('margin', Float64Array.of(9, 2, 2, 2), 0, direction)
    expect(direction).toEqual(Float64Array.of(-1, 1, 0, 0))
  })
})

it.each(['crossEntropy', 'margin'] as const)('%s has the gradient that central differences find', (loss) => {
  for (let seed = 0; seed < 10; seed++) {
    const scores = numbers(seed, 5, 3)
    const label = seed % 5
    const lossAt = (x: Float64Array) => residual(loss, x, label, new Float64Array(5)).loss
    expect(
      largestDifference(gradientOf(loss, scores, label), centralDifferences(lossAt, scores)),
    ).toBeLessThan(1e-8)
  }
})

it('a NaN score makes margin and losses NaN', () => {
  const scores = Float64Array.of(1, 0, NaN)
  expect(margin(scores, 0)).toBeNaN()
  expect(crossEntropy(scores, 0)).toBeNaN()
  expect(residual('margin', scores, 0, new Float64Array(3)).loss).toBeNaN()
})
