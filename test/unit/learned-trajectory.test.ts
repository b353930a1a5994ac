import { describe, expect, it } from 'vitest'
import {
  type LearnedPoint,
  learnedTrajectory,
  phaseSwitch,
  recordedCoefficients,
  relativeError,
} from '../../src/analysis/learned-trajectory.js'

const points = (...pairs: [number, number][]): LearnedPoint[] =>
  pairs.map(([robust, nonRobust], index) => ({ iteration: 10 * index, robust, nonRobust }))

describe('phaseSwitch', () => {
  it('is the first iteration from which robust features stay ahead', () => {
    expect(phaseSwitch(points([1, 2], [1, 3], [4, 3], [5, 3]))).toBe(20)
  })

  it('passes over a lead that is lost again', () => {
    expect(phaseSwitch(points([3, 2], [1, 3], [4, 3], [2, 3], [5, 3]))).toBe(40)
  })

  it('is 0 where they lead from the start, and null where they do not at the end', () => {
    expect(phaseSwitch(points([3, 2], [4, 2]))).toBe(0)
    expect(phaseSwitch(points([3, 2], [2, 2]))).toBeNull()
    expect(phaseSwitch([])).toBeNull()
  })

  it('takes no NaN for a lead', () => {
    expect(phaseSwitch(points([1, 2], [Number.NaN, 2]))).toBeNull()
  })
})

describe('relativeError', () => {
  it('is the sum of deviations over the sum of sizes', () => {
    const measured = points([1, 4], [3, 4])
    expect(relativeError(points([2, 4], [3, 4]), measured, 'robust')).toBe(0.25)
    expect(relativeError(points([2, 4], [3, 4]), measured, 'nonRobust')).toBe(0)
    expect(relativeError(points([0, 0]), points([0, 0]), 'robust')).toBe(0)
  })
})

describe('learnedTrajectory', () => {
  it('averages the classes’ largest own coefficients', () => {
    const coefficients = {
      robust: Float64Array.of(1, 9, 2, 9, 9, 3, 9, 5),
      nonRobust: Float64Array.of(0, 9, -1, 9, 9, -2, 9, -4),
    }
    expect(learnedTrajectory([{ iteration: 7, coefficients }], 2)).toEqual([
      { iteration: 7, robust: 3.5, nonRobust: -1 },
    ])
  })

  it('skips records without coefficients', () => {
    const record = { learningRate: 1, loss: 1, gradientNorm: 1, cleanLoss: 1, cleanAccuracy: 1 }
    const coefficients = { robust: new Float64Array(4), nonRobust: new Float64Array(4) }
    const history = [
      { ...record, iteration: 0 },
      { ...record, iteration: 1, coefficients },
    ]
    expect(recordedCoefficients(history)).toEqual([{ iteration: 1, coefficients }])
  })
})
