import { describe, expect, it } from 'vitest'
import {
  accuracyOnConstructed,
  atEnd,
  type FeatureLearningPoint,
  halfLearned,
  overTraining,
  peak,
} from '../../src/experiments/feature-learning-curves.js'
import { featureLearningRecords } from '../../src/experiments/feature-learning-records.js'

const clean = ({ clean }: FeatureLearningPoint) => clean
const curve = (...points: readonly (readonly [at: number, clean: number])[]) =>
  points.map(([at, value]) => ({
    at,
    clean: value,
    attacked: 0,
    robust: 0,
    nonRobust: 0,
    conflicting: 0,
    byRobust: 0,
  }))

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
    ['between two measurements', [0.1, 0.3, 0.9], 1 + (0.5 - 0.3) / 0.6],
    ['at a measurement', [0.1, 0.5, 0.9], 1],
    ['on the way to its peak, where it is lost again', [0.1, 0.9, 0.3, 0.1], 0.5],
    ['the first time, where it falls in between', [0.1, 0.9, 0.2, 0.9], 0.5],
    ['at the start, where the untrained network is there', [0.98, 0.99, 0.98], 0],
    ['at the start, where training only loses it', [0.98, 0.97, 0.1], 0],
    ['after what the untrained network had by its draw', [1, 0.1, 0.3, 0.7, 0.9], 2.5],
    ['never, where an untrained network alone is above chance', [1, 0.1, 0.1], 2],
    ['never, where it does not leave chance', [0, 0.1, 0.14], 2],
    ['never, without training', [0.1], 0],
  ])('is half learned %s', (_, values, expected) => {
    const points = curve(...values.map((value, at) => [at * at, value] as const))
    expect(halfLearned(points, clean, 0.1)).toBeCloseTo(expected, 12)
  })
})

describe('accuracy on constructed inputs', () => {
  const inputs = (...labels: number[]) => ({ classes: 3, labels: () => Int32Array.from(labels) })

  it('is that on each kind, and of those that contradict each other tells which class decides', async () => {
    const sets = { robust: inputs(0), nonRobust: inputs(1), conflicting: inputs(1, 0, 2, 2, 2) }
    // The first has its label, the second the class before it, two the class after it, the last no class alone.
    const scores = Float32Array.of(0, 1, 0, 0, 1, 2, 1, 0, 0, 2, 1, 1, 0, 1, 1)
    const accuracies = new Map([
      [sets.robust, 0.75],
      [sets.nonRobust, 0.5],
      [sets.conflicting, 0.2],
    ])
    const network = {
      evaluate: async (data: ReturnType<typeof inputs>) => ({ scores, accuracy: accuracies.get(data)! }),
    }
    const expected = { robust: 0.75, nonRobust: 0.5, conflicting: 0.2, byRobust: 0.2 }
    expect(await accuracyOnConstructed(network, sets, {})).toEqual(expected)
  })
})

describe('records of feature-learning accuracy', () => {
  const point = (at: number, robust: number, nonRobust: number, conflicting: number, byRobust = 0) => ({
    at,
    clean: 1,
    attacked: 0,
    robust,
    nonRobust,
    conflicting,
    byRobust,
  })
  const pair = (shift: number) => ({
    standard: [0.1, 0.1, 0.1, 0.4 + shift].map((robust, at) =>
      point(at, robust, [0.1, 0.8, 0.9, 0.9][at]!, [0.1, 0.6, 0.7, 0.7][at]!),
    ),
    adversarial: [point(0, 0.1, 0.1, 0.1), point(1, 0.8, 0.1, 0), point(10, 0.9, 0.3 + shift, shift)],
  })
  const common = { experiment: 'x', config: {}, classes: 10 }
  const verdicts = (pairs: ReturnType<typeof pair>[], seeds = [1, 2], classes = 10) =>
    Object.fromEntries(
      featureLearningRecords('set', { ...common, classes }, seeds, pairs).map(({ id, verdict }) => [
        id,
        verdict,
      ]),
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

  const phases = (conflicting: number[], byRobust: number[], classes = 10) => {
    const adversarial = conflicting.map((share, at) => point(at, 1, 1, share, byRobust[at]))
    const one = { ...pair(0), adversarial }
    return verdicts([one, one], [1, 2], classes)['x/set/adversarial-phases']
  }

  it('tell two phases of adversarial training, led by one kind of feature and then by the other', () => {
    expect(phases([0.1, 0.9, 0], [0.1, 0.1, 0.9])).toBe('reproduced')
    expect(phases([0.5, 0.5, 0.2, 0], [0.5, 0.5, 0.8, 1], 2), 'never led').toBe('not reproduced')
    expect(phases([0.1, 0.9, 0.1], [0.1, 0, 0.1]), 'not overtaken').toBe('not reproduced')
    expect(phases([0.9, 0.6, 0.5], [0.1, 0.4, 0.5]), 'by the untrained network').toBe('not reproduced')
  })

  it('say that features were learned first which are then suppressed', () => {
    const nonRobust = [0.1, 0.9, 0.3, 0.1]
    const adversarial = [0.1, 0.1, 0.5, 0.9].map((robust, at) => point(at, robust, nonRobust[at]!, 0))
    const one = { ...pair(0), adversarial }
    expect(verdicts([one, one])['x/set/adversarial-order']).toBe('reproduced')
  })

  it('tell no order within one interval of the measurements', () => {
    const robust = [0.1, 0.5, 0.8, 0.9]
    const standard = [0.1, 0.8, 0.9, 0.9].map((nonRobust, at) => point(at, robust[at]!, nonRobust, 0))
    const one = { ...pair(0), standard }
    expect(verdicts([one, one])['x/set/standard-order']).toBe('not reproduced')
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
