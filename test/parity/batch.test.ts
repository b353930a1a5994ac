import { describe, expect, it } from 'vitest'
import type { LossKind, NativeNetwork } from '../../src/native/contract.js'
import { forward, gradients } from '../../src/reference/index.js'
import {
  activations,
  addon,
  nameOf,
  type Problem,
  precisions,
  problem,
  problemOf,
  rounded,
  shapes,
  typed,
} from '../helpers/native-cases.js'
import { largestDifference, numbers } from '../helpers/reference-cases.js'
import {
  differenceTolerance,
  epsilon,
  inputGradientTolerance,
  largestMagnitude,
  lossTolerance,
  magnitudes,
  scoreTolerance,
  weightGradientTolerance,
} from '../helpers/tolerances.js'

interface Request {
  loss: LossKind
  surrogateSlope: number
  perturbed: boolean
}

async function expectForwardLikeOracle({ precision, oracle, network, data }: Problem, perturbed: boolean) {
  const perturbation = perturbed ? perturbationFor(precision, oracle.data.inputs.length) : undefined
  const expected = forward(oracle.network, oracle.data, perturbation)
  const given = perturbation && typed(precision, perturbation)
  const found = await addon.forward(network, data, given, { threads: 2 })
  const scoreError = scoreTolerance(
    precision,
    oracle.network,
    magnitudes(oracle.network, oracle.data, perturbation ? { perturbation } : {}),
  )
  expect(largestDifference(found.scores, expected.scores)).toBeLessThanOrEqual(scoreError)
  expect(largestDifference(found.loss, expected.loss)).toBeLessThanOrEqual(
    lossTolerance(scoreError, largestMagnitude(expected.loss)),
  )
}

async function expectGradientsLikeOracle(problem: Problem, { loss, surrogateSlope, perturbed }: Request) {
  const { precision, oracle, network, data } = problem
  const perturbation = perturbed ? perturbationFor(precision, oracle.data.inputs.length) : undefined
  const request = {
    loss,
    surrogateSlope: rounded(precision, [surrogateSlope])[0]!,
    weights: true,
    inputs: true,
  }
  const expected = gradients(oracle.network, oracle.data, perturbation, request)
  const given = perturbation && typed(precision, perturbation)
  const found = await addon.gradients(network, data, given, { ...request, threads: 2 })
  const magnitude = magnitudes(oracle.network, oracle.data, {
    surrogateSlope,
    ...(perturbation && { perturbation }),
  })
  const scoreError = scoreTolerance(precision, oracle.network, magnitude)
  expect(largestDifference(found.loss, expected.loss)).toBeLessThanOrEqual(
    lossTolerance(scoreError, largestMagnitude(expected.loss)),
  )
  expect(largestDifference(found.weightGradient!, expected.weightGradient!)).toBeLessThanOrEqual(
    weightGradientTolerance(precision, oracle.network, oracle.data, magnitude),
  )
  expect(largestDifference(found.inputGradient!, expected.inputGradient!)).toBeLessThanOrEqual(
    inputGradientTolerance(precision, oracle.network, oracle.data, magnitude),
  )
}

/** Numbers such that input + perturbation is no joint of the activation. */
function perturbationFor(precision: Problem['precision'], length: number): Float64Array {
  return rounded(precision, numbers(77, length, 0.3))
}

describe.each(precisions)('whole data sets in %s', (precision) => {
  describe.each(shapes)('%s', (_, shape) => {
    it('forward', async () => {
      await expectForwardLikeOracle(problem(precision, 1, shape), false)
      await expectForwardLikeOracle(problem(precision, 2, shape), true)
    })

    it('gradients', async () => {
      await expectGradientsLikeOracle(problem(precision, 3, shape), {
        loss: 'crossEntropy',
        surrogateSlope: 0,
        perturbed: false,
      })
      await expectGradientsLikeOracle(problem(precision, 4, shape), {
        loss: 'margin',
        surrogateSlope: 0.05,
        perturbed: true,
      })
    })
  })

  describe.each(activations.map((activation) => [nameOf(activation), activation] as const))(
    '%s',
    (_, activation) => {
      it('forward', () => expectForwardLikeOracle(problem(precision, 5, { activation }), true))

      it.each(['crossEntropy', 'margin'] as const)('gradients of %s', async (loss) => {
        for (const surrogateSlope of [0, 0.05]) {
          await expectGradientsLikeOracle(problem(precision, 6, { activation }), {
            loss,
            surrogateSlope,
            perturbed: false,
          })
        }
      })
    },
  )

  it('returns only the gradients asked for', async () => {
    const { network, data } = problem(precision, 7)
    const options = { loss: 'crossEntropy', surrogateSlope: 0, threads: 1 } as const
    const none = await addon.gradients(network, data, undefined, {
      ...options,
      weights: false,
      inputs: false,
    })
    expect(Object.keys(none)).toEqual(['loss'])
    const both = await addon.gradients(network, data, undefined, { ...options, weights: true, inputs: true })
    const weights = await addon.gradients(network, data, undefined, {
      ...options,
      weights: true,
      inputs: false,
    })
    const inputs = await addon.gradients(network, data, undefined, {
      ...options,
      weights: false,
      inputs: true,
    })
    expect({ ...weights, ...inputs }).toEqual(both)
  })

  it('takes a network with more classes than the data', async () => {
    const many = problem(precision, 8, { classes: 4 })
    const few = problem(precision, 8, { classes: 2 })
    await expectForwardLikeOracle(problemOf(precision, many.oracle.network, few.oracle.data), false)
  })

  // The class score of a sample is its first input: any margin can be dialled.
  it.each([20, 100, 300])('loss and direction at a margin of %i', async (margin) => {
    const network: NativeNetwork = {
      classes: 2,
      filtersPerClass: 1,
      dimension: 2,
      activation: { kind: 'smoothedRelu', power: 3, threshold: 1 },
      weights: Float64Array.of(1, 0, 0, 1),
    }
    const inputs = Float64Array.of(margin + 1, 1, 1, margin + 1)
    const data = {
      samples: 2,
      patches: 1,
      dimension: 2,
      classes: 2,
      inputSize: 2,
      inputs,
      labels: Int32Array.of(0, 0),
    }
    const dialled = problemOf(precision, network, data)
    const expected = forward(network, data)
    const found = await addon.forward(dialled.network, dialled.data, undefined, { threads: 1 })
    const scoreError = scoreTolerance(precision, network, magnitudes(network, data))
    // Relative, for the loss at a margin of 300 is 1e-130.
    expect(Math.abs(found.loss[0]! / expected.loss[0]! - 1)).toBeLessThanOrEqual(Math.expm1(2 * scoreError))
    expect(found.loss[0]).toBeGreaterThan(0)
    expect(Math.abs(found.loss[1]! - expected.loss[1]!)).toBeLessThanOrEqual(
      lossTolerance(scoreError, margin),
    )

    const options = {
      loss: 'crossEntropy',
      surrogateSlope: 0,
      weights: true,
      inputs: true,
      threads: 1,
    } as const
    const { inputGradient } = await addon.gradients(dialled.network, dialled.data, undefined, options)
    const exact = gradients(network, data, undefined, options).inputGradient!
    // e^-100 is below the normal numbers of float32.
    if (precision === 'float64' || margin === 20) {
      for (const place of [0, 1]) {
        expect(Math.abs(inputGradient![place]! / exact[place]! - 1)).toBeLessThanOrEqual(
          Math.expm1(4 * scoreError),
        )
      }
    }
    for (const place of [2, 3]) {
      expect(Math.abs(inputGradient![place]! - exact[place]!)).toBeLessThanOrEqual(4 * epsilon[precision])
    }
  })
})

describe('central differences of the native loss in float64', () => {
  const h = 1e-5

  async function meanLoss(
    { data }: Problem,
    network: NativeNetwork,
    perturbation?: Float64Array,
  ): Promise<number> {
    const { loss } = await addon.forward(network, data, perturbation, { threads: 1 })
    return loss.reduce((sum, value) => sum + value, 0) / loss.length
  }

  function moved(values: ArrayLike<number>, direction: Float64Array, step: number): Float64Array {
    return direction.map((value, i) => values[i]! + step * value)
  }

  function inner(a: ArrayLike<number>, b: ArrayLike<number>): number {
    let sum = 0
    for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
    return sum
  }

  it.each(activations.map((activation) => [nameOf(activation), activation] as const))(
    '%s',
    async (_, activation) => {
      // Small weights keep the power activations, and so the curvature of the loss, moderate.
      const shape = { activation, samples: 4, patches: 2, dimension: 3 }
      const current = problem('float64', 9, shape)
      const { network, data } = current
      const { weightGradient, inputGradient } = await addon.gradients(network, data, undefined, {
        loss: 'crossEntropy',
        surrogateSlope: 0,
        weights: true,
        inputs: true,
        threads: 1,
      })
      const scale = 1 + magnitudes(current.oracle.network, current.oracle.data).scores ** 3
      const tolerance = differenceTolerance(h, scale, 64 * epsilon.float64 * scale)
      for (const seed of [1, 2, 3]) {
        const inWeights = numbers(seed, network.weights.length)
        const at = (step: number) =>
          meanLoss(current, { ...network, weights: moved(network.weights, inWeights, step) })
        const slope = ((await at(h)) - (await at(-h))) / (2 * h)
        expect(Math.abs(slope - inner(weightGradient!, inWeights))).toBeLessThanOrEqual(tolerance)

        const inInputs = numbers(seed, inputGradient!.length)
        const zero = new Float64Array(inInputs.length)
        const around = (step: number) => meanLoss(current, network, moved(zero, inInputs, step))
        const inputSlope = ((await around(h)) - (await around(-h))) / (2 * h)
        expect(Math.abs(inputSlope - inner(inputGradient!, inInputs) / data.samples)).toBeLessThanOrEqual(
          tolerance,
        )
      }
    },
  )
})
