import { describe, expect, it } from 'vitest'
import type { NativeSampleOptions } from '../../src/native/contract.js'
import { samplePatchData as oracle, selectSamples } from '../../src/reference/index.js'
import { addon, overlappingShape, precisions, problem, typed } from '../helpers/native-cases.js'
import { axisFeatures, numbers } from '../helpers/reference-cases.js'
import { largestMagnitude, sampleTolerance } from '../helpers/tolerances.js'

const base = {
  samples: 9,
  classes: 3,
  dimension: 7,
  robustPatches: 2,
  nonRobustPatches: 5,
  robustStrength: { low: 1.5, high: 2.5 },
  nonRobustStrength: { low: 0.25, high: 0.5 },
  noise: 0.1,
  robustFeatures: axisFeatures(0, 3, 7),
  nonRobustFeatures: axisFeatures(3, 3, 7),
  shuffled: false,
  parts: 'all',
  seed: 11,
  stream: 'train',
} satisfies Omit<NativeSampleOptions, 'precision' | 'threads'>

const samplers: readonly (readonly [string, Partial<NativeSampleOptions>])[] = [
  ['plain', {}],
  ['no samples', { samples: 0 }],
  ['shuffled patches', { shuffled: true }],
  ['the robust part', { parts: 'robust', shuffled: true }],
  ['the non-robust part', { parts: 'nonRobust' }],
  ['no noise', { noise: 0 }],
  ['fixed strengths', { robustStrength: { low: 2, high: 2 }, nonRobustStrength: { low: 0, high: 0 } }],
  ['robust patches alone', { nonRobustPatches: 0 }],
  ['non-robust patches alone', { robustPatches: 0 }],
  ['dense features', { robustFeatures: numbers(1, 21), nonRobustFeatures: numbers(2, 21) }],
  [
    'one dimension',
    { dimension: 1, robustFeatures: numbers(1, 3), nonRobustFeatures: numbers(2, 3), shuffled: true },
  ],
  ['the largest seed', { seed: 2 ** 53 - 1, stream: 'δ' }],
]

describe.each(precisions)('sampling in %s', (precision) => {
  it.each(samplers)('%s', async (_, changes) => {
    const options = { ...base, ...changes }
    const expected = oracle(options)
    const data = await addon.samplePatchData({ ...options, precision, threads: 2 })
    expect(data).toMatchObject({
      precision,
      samples: expected.samples,
      patches: expected.patches,
      dimension: expected.dimension,
      classes: expected.classes,
      inputSize: expected.inputSize,
      overlapping: false,
    })
    expect(data.labels()).toEqual(expected.labels)
    const inputs = data.inputs(0, data.samples)
    expect(inputs.length).toBe(expected.inputs.length)
    const tolerance = sampleTolerance(precision, largestMagnitude(expected.inputs))
    for (let i = 0; i < inputs.length; i++) {
      expect(Math.abs(inputs[i]! - expected.inputs[i]!)).toBeLessThanOrEqual(tolerance)
    }
  })
})

describe.each(precisions)('data in %s', (precision) => {
  const { oracle: expected, data } = problem(precision, 5, { samples: 6 })

  it('gives back the inputs of any range', () => {
    expect(data.inputs(0, 6)).toEqual(typed(precision, expected.data.inputs))
    expect(data.inputs(2, 3)).toEqual(typed(precision, expected.data.inputs.subarray(2 * 12, 5 * 12)))
    expect(data.inputs(6, 0)).toEqual(typed(precision, []))
  })

  it('selects samples in the given order, repeated ones too', () => {
    for (const indices of [Int32Array.of(5, 0, 0, 3), Int32Array.of()]) {
      const chosen = selectSamples(expected.data, indices)
      const found = data.select(indices)
      expect(found.samples).toBe(indices.length)
      expect(found.labels()).toEqual(chosen.labels)
      expect(found.inputs(0, indices.length)).toEqual(typed(precision, chosen.inputs))
    }
  })

  it('hands out copies', () => {
    data.inputs(0, 1).fill(99)
    data.labels().fill(1)
    expect(data.inputs(0, 6)).toEqual(typed(precision, expected.data.inputs))
    expect(data.labels()).toEqual(expected.data.labels)
  })

  it('copies what it is given', () => {
    const inputs = typed(precision, [1, 2])
    const labels = Int32Array.of(1)
    const own = new addon.PatchData({
      samples: 1,
      patches: 1,
      dimension: 2,
      classes: 2,
      inputSize: 2,
      inputs,
      labels,
    })
    inputs.fill(9)
    labels.fill(0)
    expect([...own.inputs(0, 1), ...own.labels()]).toEqual([1, 2, 1])
  })

  it('keeps the layout of overlapping patches when selecting', () => {
    const shape = overlappingShape(3, 2)
    const images = problem(precision, 6, shape).data
    expect(images).toMatchObject({ overlapping: true, inputSize: 9, patches: 4, dimension: 4 })
    expect(images.select(Int32Array.of(1))).toMatchObject({ overlapping: true, inputSize: 9, patches: 4 })
  })
})
