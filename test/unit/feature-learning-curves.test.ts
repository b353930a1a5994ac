import { describe, expect, it } from 'vitest'
import {
  atEnd,
  type FeatureLearningPoint,
  halfLearned,
  overTraining,
  peak,
} from '../../src/experiments/feature-learning-curves.js'
import { featureLearningRecords } from '../../src/experiments/feature-learning-records.js'

const clean = ({ clean }: FeatureLearningPoint) => clean
const curve = (...points: readonly (readonly [at: number, clean: number])[]) =>
  points.map(([at, value]) => ({ at, clean: value, attacked: 0, robust: 0, nonRobust: 0, conflicting: 0 }))

describe('a curve over training', () => {
  it('has its mean by the trapezoidal rule, whatever lies between its points', () => {
    const uneven = curve([0, 0], [1, 0.5], [4, 0.5])
    expect(overTraining(uneven, clean)).toBeCloseTo((0.25 + 3 * 0.5) / 4, 12)
    expect(overTraining(curve([0, 0.3]), clean)).toBe(0.3)
    expect(atEnd(uneven, clean)).toBe(0.5)
    expect(peak(curve([0, 0.9], [1, 0.7], [4, 0.5]), clean)).toBe(0.7)
    expect(peak(curve([0, 0.9]), clean)).toBe(0.9)
  })

  it.each([
    ['between two points', curve([0, 0.1], [2, 0.3], [10, 0.9]), (2 + (8 * 0.2) / 0.6) / 10],
    ['at a point', curve([0, 0], [5, 0.5], [10, 1]), 0.5],
    ['the first time, where it falls again', curve([0, 0], [1, 0.8], [2, 0.1], [4, 0.4]), 0.0625],
    ['never, where it does not rise', curve([0, 0.5], [5, 0.9], [10, 0.54]), 1],
    ['never, without training', curve([0, 0.5]), 1],
  ])('is half learned %s', (_, points, expected) => {
    expect(halfLearned(points, clean)).toBeCloseTo(expected, 12)
  })
})

describe('records of feature-learning accuracy', () => {
  const point = (at: number, robust: number, nonRobust: number, conflicting: number) => ({
    at,
    clean: 1,
    attacked: 0,
    robust,
    nonRobust,
    conflicting,
  })
  const pair = (shift: number) => ({
    standard: [point(0, 0.1, 0.1, 0.1), point(1, 0.1, 0.8, 0.6), point(10, 0.4 + shift, 0.9, 0.7)],
    adversarial: [point(0, 0.1, 0.1, 0.1), point(1, 0.8, 0.1, 0), point(10, 0.9, 0.3 + shift, shift)],
  })
  const common = { experiment: 'x', config: {} }
  const verdicts = (pairs: ReturnType<typeof pair>[], seeds = [1, 2]) =>
    Object.fromEntries(
      featureLearningRecords('set', common, seeds, pairs).map(({ id, verdict }) => [id, verdict]),
    )

  it('say what the curves show', () => {
    expect(verdicts([pair(0), pair(0.01)])).toEqual({
      'x/set/standard': 'reproduced',
      'x/set/adversarial': 'reproduced',
      'x/set/standard-conflict': 'reproduced',
      'x/set/adversarial-conflict': 'reproduced',
      'x/set/adversarial-phases': 'not reproduced',
      'x/set/standard-order': 'reproduced',
      'x/set/adversarial-order': 'not reproduced',
    })
  })

  it('tell two phases of adversarial training', () => {
    const phases = { ...pair(0), adversarial: [0.1, 0.9, 0].map((share, at) => point(at, 1, 1, share)) }
    expect(verdicts([phases, phases])['x/set/adversarial-phases']).toBe('reproduced')
  })

  it('need two seeds, of which none diverged', () => {
    expect(new Set(Object.values(verdicts([pair(0)], [1])))).toEqual(new Set(['inconclusive']))
    expect(new Set(Object.values(verdicts([], [1, 2])))).toEqual(new Set(['not reproduced']))
  })

  it('do not tell accuracies apart that are alike', () => {
    const same = { standard: pair(0).standard, adversarial: pair(0).standard }
    const alike = verdicts([same, same])
    expect(alike['x/set/adversarial']).toBe('not reproduced')
    expect(alike['x/set/adversarial-conflict']).toBe('not reproduced')
  })
})
