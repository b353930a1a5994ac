import { describe, expect, it } from 'vitest'
import type { NativeAlignedAttack, NativeNetwork } from '../../src/native/contract.js'
import {
  alignedAttack,
  attack,
  forward,
  margin,
  samplePatchData,
  sampleScores,
} from '../../src/reference/index.js'
import { axisFeatures, largestDifference, numbers, randomNetwork } from '../helpers/reference-cases.js'

const dimension = 8
const robustFeatures = axisFeatures(0, 3, dimension)
const nonRobustFeatures = axisFeatures(3, 3, dimension)

function aligned(options: Partial<NativeAlignedAttack> = {}): NativeAlignedAttack {
  return {
    kind: 'featureAligned',
    norm: 'l2',
    budget: 'patch',
    radius: 0.5,
    splits: 5,
    selection: 'shared',
    robustFeatures,
    nonRobustFeatures,
    ...options,
  }
}

const data = samplePatchData({
  samples: 6,
  classes: 3,
  dimension,
  robustPatches: 1,
  nonRobustPatches: 3,
  robustStrength: { low: 2, high: 3 },
  nonRobustStrength: { low: 0.5, high: 0.8 },
  noise: 0.02,
  robustFeatures,
  nonRobustFeatures,
  shuffled: true,
  parts: 'all',
  seed: 1,
  stream: 'train',
})
const network = randomNetwork(2, { dimension })
const evaluation = { seed: 0, round: 0, keepPerturbations: true }

/** One linear filter per class: weight a on u_i and b on v_i. */
function featureNetwork(a: number, b: number): NativeNetwork {
  const weights = robustFeatures.map((u, i) => a * u + b * nonRobustFeatures[i]!)
  return {
    classes: 3,
    filtersPerClass: 1,
    dimension,
    activation: { kind: 'relu', power: 2, threshold: 1 },
    weights,
  }
}

/** A sample of class 0: patch 0 is 2 u_0, patches 1 … 3 are v_0. */
const clean = new Float64Array(4 * dimension)
clean[0] = 2
for (const p of [1, 2, 3]) clean[p * dimension + 3] = 1
const shape = { patches: 4, dimension, inputSize: 4 * dimension }

function perturb(target: NativeNetwork, options: Partial<NativeAlignedAttack>): Float64Array {
  return alignedAttack(target, shape, clean, 0, aligned(options))
}

function marginUnder(target: NativeNetwork, perturbation: Float64Array): number {
  return margin(
    sampleScores(
      target,
      shape,
      clean.map((x, i) => x + perturbation[i]!),
    ),
    0,
  )
}

describe('feature-aligned attack on a network of the non-robust features alone', () => {
  it('moves the non-robust patches by ρ (−v_0 + v_1)/√2', () => {
    const perturbation = perturb(featureNetwork(0, 1), { splits: 3 })
    const half = 0.5 / Math.SQRT2
    const expected = new Float64Array(4 * dimension)
    // Patch 0 has the own feature u_0, which this network does not see.
    expected[0] = -half
    expected[4] = half
    for (const p of [1, 2, 3]) {
      expected[p * dimension + 3] = -half
      expected[p * dimension + 4] = half
    }
    expect(largestDifference(perturbation, expected)).toBeLessThan(1e-15)
    // Four patches gain class 1 and three lose class 0.
    expect(marginUnder(featureNetwork(0, 1), perturbation)).toBeCloseTo(3 - 7 * half, 13)
  })

  it('lets every patch take its own worst split', () => {
    const perturbation = perturb(featureNetwork(0, 1), { splits: 3, selection: 'perPatch' })
    // Patch 0 gains most by the whole radius toward v_1.
    expect(largestDifference(perturbation.subarray(0, 6), [0, 0, 0, 0, 0.5, 0])).toBeLessThan(1e-15)
    const expected = 3 - 6 * (0.5 / Math.SQRT2) - 0.5
    expect(marginUnder(featureNetwork(0, 1), perturbation)).toBeCloseTo(expected, 13)
  })

  it('spends one ℓ2 ball of the input on the non-robust patches when only they count', () => {
    const quadratic: NativeNetwork = {
      ...featureNetwork(0, 1),
      activation: { kind: 'polynomial', power: 2, threshold: 1 },
    }
    const perturbation = perturb(quadratic, { splits: 3, budget: 'input' })
    expect(largestDifference(perturbation.subarray(0, dimension), new Float64Array(dimension))).toBe(0)
    expect(marginUnder(quadratic, perturbation)).toBeCloseTo(3 * (1 - 0.5 / Math.sqrt(3)) ** 2, 13)
  })

  it('spends one ℓ2 ball of the input on all patches when each of them counts', () => {
    // Class 1 gains on four patches, class 0 loses on three: 3 − 7 (ε/√4)/√2 beats 3 − 6 (ε/√3)/√2.
    const perturbation = perturb(featureNetwork(0, 1), { splits: 3, budget: 'input' })
    expect(marginUnder(featureNetwork(0, 1), perturbation)).toBeCloseTo(3 - (7 * 0.25) / Math.SQRT2, 13)
  })

  it('takes −v_0 and +v_1 together in ℓ∞', () => {
    const perturbation = perturb(featureNetwork(0, 1), { splits: 3, norm: 'linf' })
    expect(marginUnder(featureNetwork(0, 1), perturbation)).toBeCloseTo(3 - 7 * 0.5, 13)
    expect(perturbation[dimension + 3]!).toBe(-0.5)
    expect(perturbation[dimension + 4]!).toBe(0.5)
  })
})

describe('feature-aligned attack on a network of both features', () => {
  it('uses u_j + v_j together in ℓ∞', () => {
    const perturbation = perturb(featureNetwork(1, 1), { splits: 3, norm: 'linf' })
    // Clean 5; at a = ½ the own feature of every patch loses ε and u_1, v_1 gain ε each, on four patches.
    expect(marginUnder(featureNetwork(1, 1), perturbation)).toBeCloseTo(5 - 4 * 1.5, 13)
  })

  it('spends one ball of the input on the robust patch alone when only that one counts', () => {
    const quadratic: NativeNetwork = {
      ...featureNetwork(1, 0),
      activation: { kind: 'polynomial', power: 2, threshold: 1 },
    }
    const perturbation = perturb(quadratic, { budget: 'input', splits: 2 })
    expect(largestDifference(perturbation.subarray(0, dimension), [-0.5, 0, 0, 0, 0, 0, 0, 0])).toBeLessThan(
      1e-15,
    )
    expect(largestDifference(perturbation.subarray(dimension), new Float64Array(3 * dimension))).toBe(0)
  })
})

describe.each(['l2', 'linf'] as const)('feature-aligned attack in %s', (norm) => {
  const variants = (['patch', 'input'] as const).flatMap((budget) =>
    (['shared', 'perPatch'] as const).map((selection) => ({ budget, selection })),
  )

  it.each(variants)('stays in the radius and never helps: $budget $selection', (variant) => {
    const result = attack(network, data, [aligned({ ...variant, norm })], evaluation)
    const { scores } = forward(network, data)
    for (let n = 0; n < data.samples; n++) {
      expect(result.norm[n]!).toBeLessThan(0.5 * (1 + 1e-12))
      const cleanMargin = margin(scores.subarray(n * 3, n * 3 + 3), data.labels[n]!)
      expect(result.margin[n]!).toBeLessThanOrEqual(cleanMargin)
    }
    expect([...result.vanishedGradient]).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('is at least as strong with each patch free as with all alike, for two classes', () => {
    const two = randomNetwork(5, { classes: 2, dimension })
    const labels = data.labels.map((label) => label % 2)
    const pair = {
      robustFeatures: robustFeatures.slice(0, 2 * dimension),
      nonRobustFeatures: nonRobustFeatures.slice(0, 2 * dimension),
    }
    const attacks = [aligned({ ...pair, norm, selection: 'perPatch' }), aligned({ ...pair, norm })]
    const result = attack(two, { ...data, classes: 2, labels }, attacks, evaluation)
    for (let n = 0; n < 6; n++) expect(result.margin[n]!).toBeLessThan(result.margin[6 + n]! + 1e-12)
  })

  it('leaves the input alone when nothing lowers the margin', () => {
    const flat = { ...network, weights: new Float64Array(network.weights.length) }
    const perturbation = alignedAttack(flat, shape, clean, 0, aligned({ norm }))
    expect(largestDifference(perturbation, new Float64Array(4 * dimension))).toBe(0)
  })
})

it('takes u_y for the own feature of a patch that carries neither', () => {
  const noise = numbers(3, 4 * dimension, 0)
  const perturbation = alignedAttack(
    { ...featureNetwork(1, 0), weights: robustFeatures.map((u) => -u) },
    shape,
    noise,
    1,
    aligned({ splits: 2 }),
  )
  // Scores are 0 at the input; −u_1 would raise the own class, +u_j nothing: staying is the worst.
  expect(largestDifference(perturbation, noise)).toBe(0)
})
