import { describe, expect, it } from 'vitest'
import type { Precision } from '../../src/native/contract.js'
import { forward, gradients } from '../../src/reference/index.js'
import { digest } from '../helpers/digest.js'
import { addon, type Problem, precisions, problemOf, rounded } from '../helpers/native-cases.js'
import { largestDifference, smoothedRelu } from '../helpers/reference-cases.js'
import {
  inputGradientTolerance,
  magnitudes,
  scoreTolerance,
  weightGradientTolerance,
} from '../helpers/tolerances.js'

/**
 * A BLAS that is not safe under several callers returns wrong numbers here and there, in calls that are right on
 * one thread (Debian's serial OpenBLAS: some hundred wrong elements of 320,000). So: many products of several
 * shapes at once, every element compared with the oracle and with the same call made alone. Run against that
 * library (LD_PRELOAD) these tests fail.
 */
const shapes = [
  { samples: 1000, patches: 16, dimension: 64, classes: 5, filtersPerClass: 5 },
  { samples: 2000, patches: 3, dimension: 8, classes: 3, filtersPerClass: 3 },
  { samples: 200, patches: 20, dimension: 33, classes: 2, filtersPerClass: 1 },
  { samples: 200, patches: 9, dimension: 130, classes: 10, filtersPerClass: 4 },
] as const

/** Waves in place of the random numbers of other tests, which are slow to draw by the million. */
function waves(length: number, frequency: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => Math.sin(frequency * i))
}

function waveProblem(precision: Precision, shape: (typeof shapes)[number]): Problem {
  const { samples, patches, dimension, classes, filtersPerClass } = shape
  const inputSize = patches * dimension
  const network = {
    classes,
    filtersPerClass,
    dimension,
    activation: smoothedRelu,
    weights: rounded(precision, waves(classes * filtersPerClass * dimension, 1.7)).map((value) => value / 4),
  }
  const inputs = rounded(precision, waves(samples * inputSize, 2.3))
  const labels = Int32Array.from({ length: samples }, (_, n) => n % classes)
  return problemOf(precision, network, { samples, patches, dimension, classes, inputSize, inputs, labels })
}

describe.each(precisions)('products from many threads at once in %s', (precision) => {
  const problems = shapes.map((shape) => waveProblem(precision, shape))
  const request = { loss: 'crossEntropy', surrogateSlope: 0, weights: true, inputs: true } as const

  it('are those of the oracle, and the same bits every time', async () => {
    const alone = await Promise.all(
      problems.map(({ network, data }) =>
        addon.gradients(network, data, undefined, { ...request, threads: 1 }),
      ),
    )
    const digests = alone.map(digest)
    for (let round = 0; round < 6; round++) {
      const inFlight = [...problems, ...problems].map(({ network, data }, i) => {
        return addon.gradients(network, data, undefined, { ...request, threads: 1 + (i % 4) })
      })
      for (const [i, found] of (await Promise.all(inFlight)).entries()) {
        expect(digest(found)).toBe(digests[i % problems.length])
      }
    }
    for (const [i, { oracle }] of problems.entries()) {
      const expected = gradients(oracle.network, oracle.data, undefined, request)
      const magnitude = magnitudes(oracle.network, oracle.data)
      expect(largestDifference(alone[i]!.weightGradient!, expected.weightGradient!)).toBeLessThanOrEqual(
        weightGradientTolerance(precision, oracle.network, oracle.data, magnitude),
      )
      expect(largestDifference(alone[i]!.inputGradient!, expected.inputGradient!)).toBeLessThanOrEqual(
        inputGradientTolerance(precision, oracle.network, oracle.data, magnitude),
      )
    }
  })

  it('forward passes of eight callers with four threads each', async () => {
    const expected = problems.map(({ oracle }) => forward(oracle.network, oracle.data).scores)
    const tolerances = problems.map(({ oracle }) =>
      scoreTolerance(precision, oracle.network, magnitudes(oracle.network, oracle.data)),
    )
    for (let round = 0; round < 50; round++) {
      const inFlight = [...problems, ...problems].map(({ network, data }) =>
        addon.forward(network, data, undefined, { threads: 4 }),
      )
      for (const [i, { scores }] of (await Promise.all(inFlight)).entries()) {
        const which = i % problems.length
        expect(largestDifference(scores, expected[which]!)).toBeLessThanOrEqual(tolerances[which]!)
      }
    }
  })
})
