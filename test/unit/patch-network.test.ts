import { describe, expect, it } from 'vitest'
import { PatchData, PatchNetwork, type PatchNetworkInitialization, relu } from '../../src/index.js'
import { nativeAddon } from '../../src/native/addon.js'
import { forward } from '../../src/reference/index.js'
import { failure } from '../helpers/errors.js'
import { activations, smallDistribution, smallNetwork } from '../helpers/library-cases.js'
import { centralDifferences, largestDifference } from '../helpers/reference-cases.js'

const distribution = smallDistribution({ noise: 0.2 })
const data = await distribution.sample(6, { precision: 'float64' })
const double = smallNetwork({ precision: 'float64' })

describe('PatchNetwork.initialize', () => {
  it('is a function of its options', () => {
    expect(smallNetwork()).toEqual(smallNetwork())
    expect(largestDifference(smallNetwork({ seed: 6 }).weights, smallNetwork().weights)).toBeGreaterThan(0.1)
  })

  it('scales the normal numbers of stream `weights`', () => {
    const normals = nativeAddon().random.normal(5, 'weights', 0, 36)
    expect(double.weights).toEqual(normals.map((value) => 0.5 * value))
    expect(smallNetwork().weights).toEqual(Float32Array.from(double.weights))
  })

  it('gives weights of mean 0 and variance σ_0²', () => {
    const { weights: single } = PatchNetwork.initialize({
      classes: 4,
      dimension: 100,
      filtersPerClass: 50,
      initialScale: 0.1,
      seed: 3,
    })
    const weights = Float64Array.from(single)
    const moment = (power: number) => weights.reduce((sum, w) => sum + w ** power, 0) / weights.length
    // Standard errors over 20,000 weights: 0.0007 and 0.0001.
    expect(Math.abs(moment(1))).toBeLessThan(0.003)
    expect(Math.abs(moment(2) - 0.01)).toBeLessThan(0.0004)
  })

  it('has documented defaults', () => {
    const network = PatchNetwork.initialize({ classes: 2, dimension: 3, filtersPerClass: 1, seed: 5 })
    expect(network.activation).toEqual({ kind: 'smoothedRelu', power: 3, threshold: 1 })
    expect(network.precision).toBe('float32')
    const unit = nativeAddon().random.normal(5, 'weights', 0, 6)
    expect(network.weights).toEqual(Float32Array.from(unit, (value) => 0.01 * value))
  })

  it.each<[object, string]>([
    [{ classes: 1 }, 'Expected `classes` to be an integer from 2 to 100000, got 1.'],
    [{ filtersPerClass: 0 }, 'Expected `filtersPerClass` to be an integer from 1 to 1000000, got 0.'],
    [{ initialScale: -1 }, 'Expected `initialScale` to be a non-negative number, got -1.'],
    [
      { precision: 'float16' },
      "Expected `precision` to be one of 'float32', 'float64', got 'float16'; did you mean 'float32'?",
    ],
    [
      { activation: { kind: 'rellu' } },
      "Expected `activation.kind` to be one of 'smoothedRelu', 'relu', 'polynomial', got 'rellu'; did you mean 'relu'?",
    ],
    [{ activation: undefined, seed: 1.5 }, 'Expected `seed` to be an integer from 0 to 2^53 − 1, got 1.5.'],
  ])('%j is refused', async (options, message) => {
    const make = () => smallNetwork(options as Partial<PatchNetworkInitialization>)
    expect(await failure('INVALID_ARGUMENT', make)).toBe(message)
  })

  it('names the option a misspelled one is nearest to', async () => {
    const make = () => smallNetwork({ filters: 3, initalScale: 1 } as object)
    expect(await failure('UNKNOWN_OPTION', make)).toContain('Unknown option `')
    const typo = () => smallNetwork({ initalScale: 1 } as object)
    expect(await failure('UNKNOWN_OPTION', typo)).toContain('did you mean `initialScale`?')
  })

  it('refuses more weights than memory can hold', async () => {
    const make = () => smallNetwork({ classes: 2, filtersPerClass: 1e6, dimension: 1e6 })
    expect(await failure('INVALID_ARGUMENT', make)).toBe(
      'Expected `classes` · `filtersPerClass` · `dimension` to be at most 268435456, got 2000000000000.',
    )
  })
})

describe('new PatchNetwork', () => {
  const shape = { classes: 2, filtersPerClass: 1, dimension: 2 }

  it.each<[string, unknown, string]>([
    ['too few weights', new Float32Array(3), 'Expected `weights` to be 4 numbers long, got 3.'],
    [
      'integers',
      new Int32Array(4),
      'Expected `weights` to be Float32Array or Float64Array, got an Int32Array of length 4.',
    ],
    [
      'weights that are not finite',
      Float32Array.of(1, 2, Number.NaN, 4),
      'Expected `weights[2]` to be a finite number, got NaN.',
    ],
    [
      'shared memory',
      new Float32Array(new SharedArrayBuffer(16)),
      'Expected `weights` to be Float32Array or Float64Array on an ArrayBuffer, got one on a SharedArrayBuffer.',
    ],
  ])('refuses %s', async (_, weights, message) => {
    const make = () => new PatchNetwork({ ...shape, weights: weights as Float32Array })
    expect(await failure('INVALID_ARGUMENT', make)).toBe(message)
  })

  it('changes nothing but the weights in withWeights', async () => {
    const weights = double.weights.map((value) => -value)
    const other = double.withWeights(weights)
    expect(other).toEqual(new PatchNetwork({ ...double, weights }))
    await failure('INVALID_ARGUMENT', () => double.withWeights(new Float64Array(3)))
  })
})

describe.each(activations)('with $kind', (activation) => {
  const network = smallNetwork({ precision: 'float64', activation })
  const perturbation = smallNetwork({ precision: 'float64', dimension: 30, initialScale: 0.1, seed: 9 })
    .weights as Float64Array

  it('evaluate equals the oracle', async () => {
    const output = await network.evaluate(data, { perturbation })
    const inputs = (data.inputs() as Float64Array).map((value, i) => value + perturbation[i]!)
    const { samples, patches, dimension, classes, inputSize } = data
    const labels = data.labels()
    const expected = forward(network.native, {
      samples,
      patches,
      dimension,
      classes,
      inputSize,
      inputs,
      labels,
    })
    expect(largestDifference(output.scores, expected.scores)).toBeLessThan(1e-12)
    expect(largestDifference(output.loss, expected.loss)).toBeLessThan(1e-12)
    const margins = [...labels].map(
      (label, n) => output.scores[2 * n + label]! - output.scores[2 * n + 1 - label]!,
    )
    expect([...output.margin]).toEqual(margins)
    expect(output.accuracy).toBe(margins.filter((margin) => margin > 0).length / 6)
  })

  it.each(['crossEntropy', 'margin'] as const)('inputGradient of %s equals differences', async (loss) => {
    const gradient = await network.inputGradient(data, { loss, perturbation })
    const lossAt = async (n: number, moved: Float64Array) => {
      const output = await network.evaluate(data, { perturbation: moved })
      return loss === 'margin' ? -output.margin[n]! : output.loss[n]!
    }
    const h = 1e-5
    for (const i of [0, 7, 31, 64, 100, 179]) {
      const at = (step: number) =>
        lossAt(Math.floor(i / 30), perturbation.with(i, perturbation[i]! + step) as Float64Array)
      expect(gradient[i]).toBeCloseTo(((await at(h)) - (await at(-h))) / (2 * h), 7)
    }
  })

  it('weightGradient equals differences', async () => {
    const gradient = await network.weightGradient(data)
    const { samples, patches, dimension, classes, inputSize } = data
    const fields = { samples, patches, dimension, classes, inputSize, labels: data.labels() }
    const inputs = data.inputs() as Float64Array
    const meanLoss = (weights: Float64Array) =>
      forward({ ...network.native, weights }, { ...fields, inputs }).loss.reduce((a, b) => a + b, 0) / samples
    const expected = centralDifferences(meanLoss, network.weights as Float64Array)
    expect(largestDifference(gradient, expected)).toBeLessThan(1e-8)
  })
})

describe('evaluate', () => {
  it('counts ties as errors', async () => {
    const zero = double.withWeights(new Float64Array(36))
    const output = await zero.evaluate(data)
    expect([...output.margin]).toEqual([0, 0, 0, 0, 0, 0])
    expect(output.accuracy).toBe(0)
    expect([...output.loss]).toEqual(new Array(6).fill(expect.closeTo(Math.log(2), 14)))
  })

  it('of no samples is empty', async () => {
    const none = await distribution.sample(0, { precision: 'float64' })
    expect(await double.evaluate(none)).toEqual({
      scores: new Float64Array(),
      loss: new Float64Array(),
      margin: new Float64Array(),
      accuracy: 0,
    })
  })

  it('is the same for any number of threads and in single precision nearly', async () => {
    const [one, three] = [
      await double.evaluate(data, { threads: 1 }),
      await double.evaluate(data, { threads: 3 }),
    ]
    expect(three).toEqual(one)
    const single = await smallNetwork().evaluate(await distribution.sample(6))
    expect(largestDifference(single.scores, one.scores)).toBeLessThan(1e-4)
  })

  it('sees no difference between a perturbation of zeros and none', async () => {
    expect(await double.evaluate(data, { perturbation: new Float64Array(180) })).toEqual(
      await double.evaluate(data),
    )
  })

  const wrong: [string, PatchNetwork, object, string][] = [
    [
      'data of another precision',
      smallNetwork(),
      {},
      'Expected `network.weights` to be of the precision of the data.',
    ],
    [
      'data of another dimension',
      smallNetwork({ dimension: 5, precision: 'float64' }),
      {},
      "Expected `network.dimension` to be the data's patch dimension 6, got 5.",
    ],
    [
      'a short perturbation',
      double,
      { perturbation: new Float64Array(179) },
      'Expected `perturbation` to be 180 numbers long, got 179.',
    ],
    [
      'a perturbation of another precision',
      double,
      { perturbation: new Float32Array(180) },
      'Expected `perturbation` to be Float64Array, got a Float32Array of length 180.',
    ],
    [
      'NaN in a perturbation',
      double,
      { perturbation: new Float64Array(180).fill(Number.NaN) },
      'Expected `perturbation` to be free of NaN and infinities.',
    ],
  ]
  it.each(wrong)('refuses %s', async (_, network, options, message) => {
    expect(await failure('INVALID_ARGUMENT', () => network.evaluate(data, options))).toBe(message)
    expect(await failure('INVALID_ARGUMENT', () => network.inputGradient(data, options))).toBe(message)
  })

  it('refuses data with more classes than the network has', async () => {
    const three = PatchData.fromArrays({
      patches: 1,
      dimension: 6,
      classes: 3,
      inputs: new Float64Array(6),
      labels: Int32Array.of(0),
    })
    await failure('INVALID_ARGUMENT', () => double.evaluate(three))
  })
})

describe('inputGradient', () => {
  it('takes max(σ′, surrogateSlope) for the slope', async () => {
    const flat = new PatchNetwork({
      classes: 2,
      filtersPerClass: 1,
      dimension: 1,
      activation: relu(),
      weights: Float64Array.of(1, 2),
    })
    const below = PatchData.fromArrays({
      patches: 1,
      dimension: 1,
      classes: 2,
      inputs: Float64Array.of(-1),
      labels: Int32Array.of(0),
    })
    expect([...(await flat.inputGradient(below, { loss: 'margin' }))]).toEqual([0])
    const seen = await flat.inputGradient(below, { loss: 'margin', surrogateSlope: 0.25 })
    expect([...seen]).toEqual([0.25 * (2 - 1)])
  })

  it.each<[object, string]>([
    [{ loss: 'hinge' }, "Expected `loss` to be one of 'crossEntropy', 'margin', got 'hinge'."],
    [{ surrogateSlope: -0.1 }, 'Expected `surrogateSlope` to be a non-negative number, got -0.1.'],
  ])('refuses %j', async (options, message) => {
    expect(await failure('INVALID_ARGUMENT', () => double.inputGradient(data, options))).toBe(message)
  })
})
