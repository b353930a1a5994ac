import fc from 'fast-check'
import { expect, it } from 'vitest'
import { imageRadius, patchCode, patchImages } from '../../src/experiments/depth/patch-images.js'
import { patchSearch } from '../../src/experiments/depth/patch-search.js'
import { firstLayerFeatures, patchStack } from '../../src/experiments/depth/patch-stack.js'
import {
  evaluateRobustness,
  featureCoefficients,
  learnedFeatures,
  PatchData,
  PatchDistribution,
  PatchNetwork,
  smoothedRelu,
} from '../../src/index.js'
import { describeLayered } from '../helpers/layered-cases.js'

const distribution = new PatchDistribution({
  classes: 3,
  dimension: 7,
  robustPatches: 2,
  nonRobustPatches: 9,
  robustStrength: { low: 2, high: 3 },
  nonRobustStrength: 1,
  noise: 0.05,
  seed: 4,
})
const radius = 0.6
const code = patchCode(distribution, radius)
const activation = smoothedRelu({ power: 2, threshold: 1 })
const options = { activation, initialScale: 0.5, filtersPerClass: 4, hiddenFilters: 5 }

/** The numbers of images as their network decodes them. */
const decoded = (images: { images(): Uint8Array }) =>
  Float32Array.from(images.images(), (byte) => code.step * (byte - code.zero))

describeLayered('patches as images', () => {
  it('are the patches to within half a step, and leave a ball of ε its room in [0, 1]', async () => {
    const data = await distribution.sample(20)
    const images = patchImages(data, code)
    expect([images.samples, images.height, images.width, images.channels]).toEqual([20, 1, 11, 7])
    expect(images.labels()).toEqual(data.labels())
    const original = data.inputs()
    for (const [e, x] of decoded(images).entries()) {
      expect(Math.abs(x - (original[e] ?? Number.NaN))).toBeLessThanOrEqual(code.step / 2 + 1e-6)
    }
    const room = imageRadius(code, radius)
    for (const pixel of images.inputs()) {
      expect(pixel - room).toBeGreaterThanOrEqual(0)
      expect(pixel + room).toBeLessThanOrEqual(1)
    }
  })

  it('have a code for any strengths, noise and radius', () => {
    const positive = fc.double({ min: 1e-3, max: 1e3, noNaN: true })
    fc.assert(
      fc.property(
        positive,
        positive,
        fc.double({ min: 0, max: 10, noNaN: true }),
        positive,
        (a, b, noise, ball) => {
          const { step, zero } = patchCode(
            new PatchDistribution({
              ...distribution.options,
              robustStrength: a,
              nonRobustStrength: b,
              noise,
            }),
            ball,
          )
          const reach = (6 * noise + ball) / step
          expect(Math.round(zero - (6 * noise) / step) - ball / step).toBeGreaterThanOrEqual(-1e-9)
          expect(
            Math.round(zero + Math.max(a, b) / step + (6 * noise) / step) + ball / step,
          ).toBeLessThanOrEqual(255 + 1e-9)
          expect(zero).toBeGreaterThanOrEqual(reach)
        },
      ),
    )
  })
})

describeLayered('networks of patch layers', () => {
  const naive = (weights: readonly Float32Array[], x: Float32Array): number[] => {
    const { value } = sigma
    const scores = [0, 0, 0]
    const [first = new Float32Array(), second] = weights
    for (let p = 0; p < distribution.patches; p++) {
      const patch = x.subarray(p * 7, (p + 1) * 7)
      const dot = (row: Float32Array, of: ArrayLike<number>) =>
        row.reduce((sum, w, e) => sum + w * (of[e] ?? 0), 0)
      const rows = (matrix: Float32Array, width: number) =>
        Array.from({ length: matrix.length / width }, (_, r) => matrix.subarray(r * width, (r + 1) * width))
      const hidden = rows(first, 7).map((row) => value(dot(row, patch)))
      const last =
        second === undefined
          ? hidden
          : rows(second, hidden.length).map((row) => Math.max(0, dot(row, hidden)))
      for (const [r, a] of last.entries()) scores[Math.floor(r / 4)]! += a
    }
    return scores
  }
  const sigma = { value: (z: number) => (z <= 0 ? 0 : z <= 1 ? z ** 2 / 2 : z - 0.5) }

  it('of one layer are the PatchNetwork with the same filters', async () => {
    const network = patchStack(distribution, code, 'one-layer', options, 1)
    const images = patchImages(await distribution.sample(6), code)
    const weights = network.tensors().get('1.weight')!.data
    const same = new PatchNetwork({ classes: 3, dimension: 7, filtersPerClass: 4, activation, weights })
    const data = PatchData.fromArrays({
      patches: 11,
      dimension: 7,
      classes: 3,
      inputs: decoded(images),
      labels: images.labels(),
    })
    const [found, expected] = [await network.evaluate(images), await same.evaluate(data)]
    for (const [e, score] of found.scores.entries()) {
      expect(Math.abs(score - (expected.scores[e] ?? Number.NaN))).toBeLessThan(1e-4 * (1 + Math.abs(score)))
    }
    const ownClass = learnedFeatures(featureCoefficients(same, distribution), 3)
    const anyFilter = firstLayerFeatures(network, distribution)
    for (const kind of ['robust', 'nonRobust'] as const) {
      for (const [i, value] of anyFilter[kind].entries()) {
        expect(value).toBeGreaterThanOrEqual(ownClass[kind][i]!)
      }
    }
  })

  it.each(['one-layer', 'two-layers'] as const)('score a sum over patches: %s', async (depth) => {
    const network = patchStack(distribution, code, depth, options, 2)
    const images = patchImages(await distribution.sample(3), code)
    const x = decoded(images)
    const tensors = network.tensors()
    const weights = ['1.weight', ...(depth === 'two-layers' ? ['3.weight'] : [])].map(
      (name) => tensors.get(name)!.data,
    )
    const { scores } = await network.evaluate(images)
    for (let n = 0; n < 3; n++) {
      for (const [i, score] of naive(weights, x.subarray(n * 77, (n + 1) * 77)).entries()) {
        expect(Math.abs((scores[n * 3 + i] ?? Number.NaN) - score)).toBeLessThan(1e-4 * (1 + Math.abs(score)))
      }
    }
  })

  it('start their first layer at the scale σ_0', () => {
    const wide = patchStack(distribution, code, 'two-layers', { ...options, hiddenFilters: 2000 }, 3)
    const weights = wide.tensors().get('1.weight')!.data
    const square = weights.reduce((sum, w) => sum + w * w, 0) / weights.length
    expect(Math.abs(Math.sqrt(square) / 0.5 - 1)).toBeLessThan(0.05)
  })

  it('give the largest coefficient of any filter', () => {
    const network = patchStack(distribution, code, 'two-layers', options, 1)
    const weights = network.tensors().get('1.weight')!.data
    const { robust, nonRobust } = firstLayerFeatures(network, distribution)
    const largest = (e: number) => Math.max(...Array.from({ length: 5 }, (_, f) => weights[f * 7 + e]!))
    expect(robust).toEqual([0, 1, 2].map(largest))
    expect(nonRobust).toEqual([3, 4, 5].map(largest))
  })
})

describeLayered('the search over moves of patches', () => {
  it.each(['one-layer', 'two-layers'] as const)('finds the worst move of every patch: %s', async (depth) => {
    const images = patchImages(await distribution.sample(2), code)
    const network = patchStack(distribution, code, depth, options, 1)
    const attacks = patchSearch(3, code, radius)
    expect(attacks.map(({ name }) => name)).toEqual(['patch-search-1', 'patch-search-2'])
    const size = imageRadius(code, radius)
    const steps = [-1, -0.5, 0, 0.5, 1].map((share) => Math.fround(share * size))
    for (const [index, attack] of attacks.entries()) {
      const found = await attack.perturb(network, images, {})
      const least = await network.evaluate(images, { perturbation: Float32Array.from(found) })
      for (const [n, label] of images.labels().entries()) {
        const other = (label + index + 1) % 3
        const gap = (scores: Float64Array | Float32Array) => scores[n * 3 + label]! - scores[n * 3 + other]!
        const features = [label, other, 3 + label, 3 + other]
        // In every patch each feature takes one of five steps, and nothing else moves.
        for (let p = 0; p < 11; p++) {
          for (let e = 0; e < 7; e++) {
            const moved = found[(n * 11 + p) * 7 + e]!
            if (features.includes(e)) expect(steps).toContain(moved)
            else expect(moved).toBe(0)
          }
        }
        // No other step of a single feature of a single patch leaves less.
        for (const p of [0, 1, 5]) {
          for (const e of features) {
            for (const step of steps) {
              const other = Float32Array.from(found)
              other[(n * 11 + p) * 7 + e] = step
              const { scores } = await network.evaluate(images, { perturbation: other })
              expect(gap(scores) - gap(least.scores)).toBeGreaterThan(-1e-3)
            }
          }
        }
      }
    }
    // It checks norms and bounds of custom attacks.
    expect((await evaluateRobustness(network, images, { attacks })).outcomes).toHaveLength(2)
  })

  it('leaves every sample less of its margin', async () => {
    const images = patchImages(await distribution.sample(10), code)
    const network = patchStack(distribution, code, 'two-layers', options, 7)
    const { margin } = await network.evaluate(images)
    const [attack] = patchSearch(3, code, radius)
    const found = Float32Array.from(await attack!.perturb(network, images, {}))
    const { margin: left } = await network.evaluate(images, { perturbation: found })
    expect(left.every((value, n) => value < margin[n]!)).toBe(true)
  })
})
