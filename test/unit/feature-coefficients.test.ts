import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  featureCoefficients,
  historyToCsv,
  learnedFeatures,
  PatchNetwork,
  readHistory,
  standard,
  train,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { smallDistribution, smallNetwork } from '../helpers/library-cases.js'
import { largestDifference } from '../helpers/reference-cases.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

describe('featureCoefficients', () => {
  it('are inner products, filter by filter', () => {
    const network = new PatchNetwork({
      classes: 2,
      filtersPerClass: 2,
      dimension: 4,
      weights: Float64Array.from({ length: 16 }, (_, i) => i),
    })
    const coefficients = featureCoefficients(network, smallDistribution({ dimension: 4 }))
    expect([...coefficients.robust]).toEqual([0, 1, 4, 5, 8, 9, 12, 13])
    expect([...coefficients.nonRobust]).toEqual([2, 3, 6, 7, 10, 11, 14, 15])
    expect(learnedFeatures(coefficients, 2)).toEqual({ robust: [4, 13], nonRobust: [6, 15] })
  })

  it('rebuild weights that lie in the span of random features', () => {
    const distribution = smallDistribution({ classes: 3, dimension: 6, features: 'random' })
    const network = smallNetwork({ classes: 3, precision: 'float64' })
    const { robust, nonRobust } = featureCoefficients(network, distribution)
    const rebuilt = network.weights.map((_, index) => {
      const [f, e] = [Math.floor(index / 6), index % 6]
      return [0, 1, 2].reduce(
        (sum, j) =>
          sum +
          robust[f * 3 + j]! * distribution.robustFeatures[j * 6 + e]! +
          nonRobust[f * 3 + j]! * distribution.nonRobustFeatures[j * 6 + e]!,
        0,
      )
    })
    expect(largestDifference(rebuilt, network.weights)).toBeLessThan(1e-12)
  })

  it.each([
    ['float64', 1e-13],
    ['float32', 1e-5],
  ] as const)('equal those of training records in %s', async (precision, tolerance) => {
    const features = smallDistribution({ features: 'random' })
    const network = smallNetwork({ precision })
    const { network: trained, history } = await train(network, await features.sample(12, { precision }), {
      objective: standard(),
      learningRate: 0.1,
      iterations: 20,
      record: { every: 20, features },
    }).finished
    for (const [record, state] of [
      [history.at(0), network],
      [history.at(-1), trained],
    ] as const) {
      const expected = featureCoefficients(state, features)
      expect(record?.coefficients?.robust).toHaveLength(6 * 2)
      expect(largestDifference(record!.coefficients!.robust, expected.robust)).toBeLessThan(tolerance)
      expect(largestDifference(record!.coefficients!.nonRobust, expected.nonRobust)).toBeLessThan(tolerance)
    }
  })

  it('refuse features of another problem', async () => {
    const coefficients = (options: object) => () =>
      featureCoefficients(smallNetwork(), smallDistribution(options))
    expect(await failure('INVALID_ARGUMENT', coefficients({ dimension: 7 }))).toBe(
      'Expected `features` to be of 2 classes and dimension 6, got 2 classes and dimension 7.',
    )
    await failure('INVALID_ARGUMENT', coefficients({ classes: 3 }))
  })
})

describe('learnedFeatures', () => {
  it('are the same of a history as trained and as read from disk, and so is its CSV', async () => {
    const features = smallDistribution()
    const directory = temporaryFolder()
    const { history } = await train(smallNetwork(), await features.sample(8), {
      objective: standard(),
      learningRate: 0.1,
      iterations: 2,
      record: { features },
      checkpoint: { directory },
    }).finished
    const kept = await readHistory(join(directory, 'history.jsonl'))
    const learned = (records: typeof history | typeof kept) =>
      records.map(({ coefficients }) => coefficients && learnedFeatures(coefficients, 2))
    expect(learned(history)[0]?.robust).toHaveLength(2)
    expect(learned(kept)).toEqual(learned(history))
    expect(historyToCsv(kept)).toBe(historyToCsv(history))
  })

  it.each([
    [{ 0: 1, 1: 2 }, '`coefficients.robust` to be a Float64Array or an array of numbers, got an object.'],
    [[1, 2, null, 4], '`coefficients.robust[2]` to be a finite number, got null.'],
    [[1, '2', 3, 4], "`coefficients.robust[1]` to be a finite number, got '2'."],
  ])('of %j are refused', async (robust, message) => {
    const of = () => learnedFeatures({ robust: robust as number[], nonRobust: [1, 2, 3, 4] }, 2)
    expect(await failure('INVALID_ARGUMENT', of)).toBe(`Expected ${message}`)
  })
})
