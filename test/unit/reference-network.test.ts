import { describe, expect, it } from 'vitest'
import type { LossKind, NativeNetwork } from '../../src/native/contract.js'
import {
  activationValue,
  forward,
  gatherPatches,
  gradients,
  type PatchData,
  scatterPatches,
  selectSamples,
} from '../../src/reference/index.js'
import {
  centralDifferences,
  largestDifference,
  numbers,
  randomData,
  randomNetwork,
  smoothedRelu,
} from '../helpers/reference-cases.js'

const both = { surrogateSlope: 0, weights: true, inputs: true }
const losses: LossKind[] = ['crossEntropy', 'margin']

/** Six positions read by three overlapping patches of four numbers. */
const layout = Int32Array.of(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5)

describe('forward', () => {
  it('is σ(w_i · x) for one patch and one filter a class', () => {
    const weights = Float64Array.of(1, 0, 0, 2)
    const network: NativeNetwork = {
      classes: 2,
      filtersPerClass: 1,
      dimension: 2,
      activation: smoothedRelu,
      weights,
    }
    const data = randomData(0, { samples: 1, patches: 1, dimension: 2, classes: 2 })
    const input = Float64Array.of(0.5, 3)
    const { scores, loss } = forward(network, { ...data, inputs: input, labels: Int32Array.of(1) })
    expect(scores[0]!).toBeCloseTo(0.5 ** 3 / 3, 15)
    expect(scores[1]!).toBeCloseTo(6 - 2 / 3, 15)
    expect(loss[0]!).toBeCloseTo(Math.log1p(Math.exp(scores[0]! - scores[1]!)), 15)
  })

  it('sums over patches and over the filters of the class', () => {
    const network = randomNetwork(3)
    const data = randomData(4, { samples: 2 })
    const { scores } = forward(network, data)
    for (let n = 0; n < 2; n++) {
      for (let i = 0; i < 3; i++) {
        let score = 0
        for (const r of [0, 1]) {
          for (const p of [0, 1, 2]) {
            let z = 0
            for (let e = 0; e < 4; e++) {
              z += network.weights[(i * 2 + r) * 4 + e]! * data.inputs[n * 12 + p * 4 + e]!
            }
            score += activationValue(network.activation, z)
          }
        }
        expect(scores[n * 3 + i]!).toBeCloseTo(score, 13)
      }
    }
  })

  it('adds the perturbation to the inputs', () => {
    const network = randomNetwork(5)
    const data = randomData(6)
    const perturbation = numbers(7, data.inputs.length, 0.1)
    const moved = { ...data, inputs: Float64Array.from(data.inputs, (x, i) => x + perturbation[i]!) }
    expect(forward(network, data, perturbation)).toEqual(forward(network, moved))
  })

  it('gives nothing for no samples', () => {
    const data = randomData(8, { samples: 0 })
    const network = randomNetwork(9)
    expect(forward(network, data).scores).toHaveLength(0)
    const { weightGradient } = gradients(network, data, undefined, { ...both, loss: 'crossEntropy' })
    expect(weightGradient).toEqual(new Float64Array(24))
  })
})

describe.each(losses)('gradients of the %s loss', (loss) => {
  const cases: [string, PatchData][] = [
    ['plain patches', randomData(11)],
    ['overlapping patches', randomData(12, { inputSize: 6, layout })],
  ]

  it.each(cases)('agree with central differences in the weights, %s', (_, data) => {
    const network = randomNetwork(13)
    const meanLoss = (weights: Float64Array) => {
      const result = gradients({ ...network, weights }, data, undefined, { ...both, loss })
      return result.loss.reduce((sum, value) => sum + value, 0) / data.samples
    }
    const { weightGradient } = gradients(network, data, undefined, { ...both, loss })
    const expected = centralDifferences(meanLoss, Float64Array.from(network.weights))
    expect(largestDifference(weightGradient ?? [], expected)).toBeLessThan(1e-8)
    expect(largestDifference(expected, new Float64Array(expected.length))).toBeGreaterThan(0.01)
  })

  it.each(cases)('agree with central differences in the inputs, %s', (_, data) => {
    const network = randomNetwork(14)
    const { inputGradient } = gradients(network, data, undefined, { ...both, loss })
    for (let n = 0; n < data.samples; n++) {
      const one = selectSamples(data, Int32Array.of(n))
      const ownLoss = (inputs: Float64Array) => {
        return gradients(network, { ...one, inputs }, undefined, { ...both, loss }).loss[0]!
      }
      const expected = centralDifferences(ownLoss, Float64Array.from(one.inputs))
      const row = inputGradient?.subarray(n * data.inputSize, (n + 1) * data.inputSize)
      expect(largestDifference(row ?? [], expected)).toBeLessThan(1e-8)
    }
  })
})

describe('surrogate slope', () => {
  it('gives dead filters a gradient: the network as if linear with that slope', () => {
    const weights = Float64Array.of(-1, -2)
    const network: NativeNetwork = {
      classes: 2,
      filtersPerClass: 1,
      dimension: 1,
      activation: smoothedRelu,
      weights,
    }
    const data: PatchData = {
      ...randomData(0, { samples: 1, patches: 1, dimension: 1, classes: 2 }),
      inputs: Float64Array.of(3),
      labels: Int32Array.of(0),
    }
    const options = { loss: 'crossEntropy', weights: true, inputs: true } as const
    const plain = gradients(network, data, undefined, { ...options, surrogateSlope: 0 })
    const surrogate = gradients(network, data, undefined, { ...options, surrogateSlope: 0.1 })
    expect(largestDifference(plain.inputGradient ?? [], [0])).toBe(0)
    // ½ · 0.1 · (w_1 − w_0) and ∓ ½ · 0.1 · x
    expect(largestDifference(surrogate.inputGradient ?? [], [-0.05])).toBeLessThan(1e-16)
    expect(largestDifference(surrogate.weightGradient ?? [], [-0.15, 0.15])).toBeLessThan(1e-16)
    expect(surrogate.loss).toEqual(plain.loss)
  })
})

describe('layout', () => {
  it('gathers, and scatters as the transpose: ⟨gather x, y⟩ = ⟨x, scatter y⟩', () => {
    const shape = { patches: 3, dimension: 4, inputSize: 6, layout }
    const x = numbers(1, 6)
    const y = numbers(2, 12)
    expect([...gatherPatches(shape, Float64Array.of(10, 11, 12, 13, 14, 15))]).toEqual([
      10, 11, 12, 13, 11, 12, 13, 14, 12, 13, 14, 15,
    ])
    const inner = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
    expect(inner(gatherPatches(shape, x), y)).toBeCloseTo(inner(x, scatterPatches(shape, y)), 13)
  })
})

it('selectSamples repeats and reorders', () => {
  const data = randomData(20)
  const selected = selectSamples(data, Int32Array.of(4, 0, 4))
  expect(selected.samples).toBe(3)
  expect([...selected.labels]).toEqual([data.labels[4]!, data.labels[0]!, data.labels[4]!])
  expect(selected.inputs.slice(24)).toEqual(data.inputs.slice(48))
  expect(selected.inputs.slice(12, 24)).toEqual(data.inputs.slice(0, 12))
})
