import { describe, expect, it } from 'vitest'
import {
  normal,
  permutation,
  type SampleOptions,
  samplePatchData,
  uniform,
} from '../../src/reference/index.js'
import { axisFeatures, largestDifference } from '../helpers/reference-cases.js'

const dimension = 6
const options: SampleOptions = {
  samples: 20,
  classes: 3,
  dimension,
  robustPatches: 1,
  nonRobustPatches: 3,
  robustStrength: { low: 4, high: 6 },
  nonRobustStrength: { low: 0.5, high: 0.5 },
  noise: 0,
  robustFeatures: axisFeatures(0, 3, dimension),
  nonRobustFeatures: axisFeatures(3, 3, dimension),
  shuffled: false,
  parts: 'all',
  seed: 42,
  stream: 'train',
}
const size = 4 * dimension

describe('samplePatchData', () => {
  it('draws labels ⌊u k⌋ from their stream', () => {
    const { labels } = samplePatchData(options)
    for (let i = 0; i < 20; i++) {
      expect(labels[i]!).toBe(Math.floor(uniform(42, 'data/train/label', i, 1)[0]! * 3))
    }
    expect(new Set(labels).size).toBe(3)
  })

  it('is strength times feature without noise', () => {
    const { inputs, labels } = samplePatchData(options)
    for (let i = 0; i < 20; i++) {
      const expected = new Float64Array(size)
      expected[labels[i]!] = 4 + 2 * uniform(42, 'data/train/strength', i, 4)[0]!
      for (const p of [1, 2, 3]) expected[p * dimension + 3 + labels[i]!] = 0.5
      expect(largestDifference(inputs.slice(i * size, (i + 1) * size), expected)).toBe(0)
    }
  })

  it('sends slot p to position perm[p] when shuffled, and the noise stays where it is', () => {
    const straight = samplePatchData({ ...options, noise: 0.1 })
    const shuffled = samplePatchData({ ...options, noise: 0.1, shuffled: true })
    for (let i = 0; i < 20; i++) {
      const order = permutation(42, 'data/train/order', i, 4)
      const noise = normal(42, 'data/train/noise', i, size).map((value) => 0.1 * value)
      const signal = (inputs: typeof straight.inputs, p: number, e: number) =>
        inputs[i * size + p * dimension + e]! - noise[p * dimension + e]!
      for (let p = 0; p < 4; p++) {
        for (let e = 0; e < dimension; e++) {
          expect(signal(shuffled.inputs, order[p]!, e)).toBeCloseTo(signal(straight.inputs, p, e), 13)
        }
      }
    }
  })

  it.each(['robust', 'nonRobust'] as const)('keeps only the %s features, on the same draw', (parts) => {
    const all = samplePatchData({ ...options, noise: 0.1 })
    const some = samplePatchData({ ...options, noise: 0.1, parts })
    expect(some.labels).toEqual(all.labels)
    for (let i = 0; i < 20; i++) {
      const noise = normal(42, 'data/train/noise', i, size).map((value) => 0.1 * value)
      for (let p = 0; p < 4; p++) {
        const kept = (p === 0) === (parts === 'robust')
        const from = i * size + p * dimension
        const expected = kept
          ? all.inputs.slice(from, from + dimension)
          : noise.slice(p * dimension, (p + 1) * dimension)
        expect(largestDifference(some.inputs.slice(from, from + dimension), expected)).toBe(0)
      }
    }
  })

  it('gives sample i whatever the number of samples', () => {
    const few = samplePatchData({ ...options, samples: 3, noise: 0.1, shuffled: true })
    const many = samplePatchData({ ...options, noise: 0.1, shuffled: true })
    expect(many.inputs.slice(0, 3 * size)).toEqual(few.inputs)
  })

  it('accepts no samples and no patches of a kind', () => {
    expect(samplePatchData({ ...options, samples: 0 }).inputs).toHaveLength(0)
    expect(samplePatchData({ ...options, robustPatches: 0 }).patches).toBe(3)
  })
})
