import { describe, expect, it } from 'vitest'
import { ascend, largestBallNorm, norm, project } from '../../src/reference/index.js'
import { largestDifference, numbers } from '../helpers/reference-cases.js'

describe('norm', () => {
  it('is Euclidean or largest', () => {
    expect(norm('l2', Float64Array.of(3, -4))).toBeCloseTo(5, 14)
    expect(norm('linf', Float64Array.of(3, -4))).toBe(4)
    expect(norm('l2', new Float64Array(0))).toBe(0)
    expect(norm('linf', new Float64Array(3))).toBe(0)
  })

  it('holds over the whole range of doubles', () => {
    expect(norm('l2', Float64Array.of(3e-200, 4e-200)) / 5e-200).toBeCloseTo(1, 14)
    expect(norm('l2', Float64Array.of(3e200, 4e200)) / 5e200).toBeCloseTo(1, 14)
    expect(norm('l2', Float64Array.of(1, NaN))).toBeNaN()
  })

  it('takes the largest over balls', () => {
    expect(largestBallNorm('l2', 2, Float64Array.of(1, 0, 3, 4, 0, 2))).toBeCloseTo(5, 14)
  })
})

describe('project', () => {
  it('shortens only the ℓ2 balls that are too long', () => {
    const perturbation = Float64Array.of(3, 4, 0.3, 0.4)
    project('l2', 1, 2, perturbation)
    expect(largestDifference(perturbation, [0.6, 0.8, 0.3, 0.4])).toBeLessThan(1e-15)
  })

  it('clips every number for ℓ∞', () => {
    const perturbation = Float64Array.of(3, -4, 0.3, -0.4)
    project('linf', 0.35, 2, perturbation)
    expect(perturbation).toEqual(Float64Array.of(0.35, -0.35, 0.3, -0.35))
  })

  it.each(['l2', 'linf'] as const)('moves everything to 0 for radius 0, %s', (kind) => {
    const perturbation = numbers(1, 6)
    project(kind, 0, 3, perturbation)
    expect(largestDifference(perturbation, new Float64Array(6))).toBe(0)
  })
})

describe('ascend', () => {
  it.each([1, 1e-30, 1e-200, 1e-310, 1e200])('moves the full ℓ2 step for a gradient of size %d', (size) => {
    const perturbation = Float64Array.of(0.1, 0)
    ascend('normalized', 'l2', 10, 0.5, 2, Float64Array.of(3 * size, -4 * size), perturbation)
    expect(largestDifference(perturbation, [0.1 + 0.3, -0.4])).toBeLessThan(1e-12)
  })

  it('moves no more than the step for the smallest numbers there are', () => {
    const perturbation = new Float64Array(2)
    ascend('normalized', 'l2', 10, 0.5, 2, Float64Array.of(Number.MIN_VALUE, Number.MIN_VALUE), perturbation)
    expect(largestDifference(perturbation, [0.5 * Math.SQRT1_2, 0.5 * Math.SQRT1_2])).toBeLessThan(1e-15)
  })

  it.each([1, 1e-30, 1e-310])('moves the full ℓ∞ step for a gradient of size %d', (size) => {
    const perturbation = Float64Array.of(0.1, 0, 0)
    ascend('normalized', 'linf', 10, 0.5, 3, Float64Array.of(1e10 * size, -size, 0), perturbation)
    expect(perturbation).toEqual(Float64Array.of(0.6, -0.5, 0))
  })

  it.each([
    ['normalized', 'l2'],
    ['normalized', 'linf'],
    ['gradient', 'l2'],
    ['gradient', 'linf'],
  ] as const)('a zero gradient moves nothing: %s %s', (rule, kind) => {
    const perturbation = numbers(3, 4, 0.1)
    const before = perturbation.slice()
    ascend(rule, kind, 10, 0.5, 2, new Float64Array(4), perturbation)
    expect(perturbation).toEqual(before)
  })

  it('normalises each ball by itself', () => {
    const perturbation = new Float64Array(4)
    ascend('normalized', 'l2', 10, 1, 2, Float64Array.of(1e-20, 0, 0, -1e5), perturbation)
    expect(perturbation).toEqual(Float64Array.of(1, 0, 0, -1))
  })

  it('takes stepSize · g by the rule `gradient`, then projects', () => {
    const perturbation = new Float64Array(4)
    ascend('gradient', 'l2', 1, 0.5, 2, Float64Array.of(0.2, 0.4, 6, 8), perturbation)
    expect(largestDifference(perturbation, [0.1, 0.2, 0.6, 0.8])).toBeLessThan(1e-15)
  })
})
