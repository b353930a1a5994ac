import { describe, expect, it } from 'vitest'
import type { NativeNetwork } from '../../src/native/contract.js'
import {
  attack,
  forward,
  gradientAttack,
  gradients,
  largestBallNorm,
  margin,
  type PatchData,
  randomStart,
  sampleScores,
  selectSamples,
  uniform,
} from '../../src/reference/index.js'
import { gradientAscent, largestDifference, randomData, randomNetwork } from '../helpers/reference-cases.js'

const network = randomNetwork(1)
const data = randomData(2)
const key = { seed: 3, round: 0, item: 0, attackIndex: 0 }
const firstInput = Float64Array.from(data.inputs.subarray(0, data.inputSize))
const evaluation = { seed: 3, round: 0, keepPerturbations: true }

/** Two linear classes on one patch: F_i = ⟨w_i, x⟩ where that is positive. */
function linearCase(): { network: NativeNetwork; data: PatchData } {
  const weights = Float64Array.of(3, 0, 0, 4)
  const activation = { kind: 'relu', power: 2, threshold: 1 } as const
  return {
    network: { classes: 2, filtersPerClass: 1, dimension: 2, activation, weights },
    data: {
      ...randomData(0, { samples: 1, patches: 1, dimension: 2, classes: 2 }),
      inputs: Float64Array.of(10, 10),
      labels: Int32Array.of(0),
    },
  }
}

describe('gradient attack on a linear network', () => {
  const linear = linearCase()

  it('moves by ε (w_j − w_y)/‖w_j − w_y‖ in ℓ2', () => {
    const result = attack(linear.network, linear.data, [gradientAscent({ stepSize: 0.5 })], evaluation)
    expect(largestDifference(result.perturbations?.[0] ?? [], [-0.3, 0.4])).toBeLessThan(1e-14)
    // −10 − 3·0.3 − 4·0.4
    expect(result.margin[0]!).toBeCloseTo(-12.5, 12)
    expect(result.norm[0]!).toBeCloseTo(0.5, 14)
  })

  it('moves by ε sign(w_j − w_y) in ℓ∞', () => {
    const one = gradientAscent({ norm: 'linf', stepSize: 0.5, steps: 1 })
    const result = attack(linear.network, linear.data, [one], evaluation)
    expect(result.perturbations?.[0]).toEqual(Float64Array.of(-0.5, 0.5))
  })

  it('moves by the scaled gradient under the rule `gradient`', () => {
    const one = gradientAscent({ rule: 'gradient', loss: 'margin', stepSize: 0.01, steps: 2, radius: 10 })
    const result = attack(linear.network, linear.data, [one], evaluation)
    expect(largestDifference(result.perturbations?.[0] ?? [], [-0.06, 0.08])).toBeLessThan(1e-14)
  })

  it('still moves the full step where the probability of the wrong class underflows', () => {
    const confident = { ...linear.data, inputs: Float64Array.of(5000, 1) }
    const normalized = gradientAscent({ stepSize: 0.5, steps: 1 })
    const plain = gradientAscent({ rule: 'gradient', stepSize: 0.5, steps: 1 })
    const result = attack(linear.network, confident, [normalized, plain], evaluation)
    expect(largestDifference(result.perturbations?.[0] ?? [], [-0.3, 0.4])).toBeLessThan(1e-14)
    expect(result.norm[1]!).toBe(0)
    expect([...result.vanishedGradient]).toEqual([0, 1])
  })

  it('stays in the box', () => {
    const boxed = gradientAscent({ stepSize: 0.5, lower: 9.9, upper: 10.2 })
    const result = attack(linear.network, linear.data, [boxed], evaluation)
    expect(largestDifference(result.perturbations?.[0] ?? [], [-0.1, 0.2])).toBeLessThan(1e-14)
  })
})

describe('gradient attack', () => {
  const variants = (['l2', 'linf'] as const).flatMap((norm) =>
    (['patch', 'input'] as const).flatMap((budget) =>
      (['gradient', 'normalized'] as const).map((rule) => ({ norm, budget, rule })),
    ),
  )

  it.each(variants)('keeps every ball in the radius and never helps: $norm $budget $rule', (variant) => {
    const one = gradientAscent({ ...variant, stepSize: 2, restarts: 2 })
    const result = attack(network, data, [one], evaluation)
    const clean = forward(network, data).scores
    for (let n = 0; n < data.samples; n++) {
      expect(result.norm[n]!).toBeLessThan(0.5 * (1 + 1e-12))
      const cleanMargin = margin(clean.subarray(n * 3, n * 3 + 3), data.labels[n]!)
      expect(result.margin[n]!).toBeLessThanOrEqual(cleanMargin)
    }
    expect(Math.max(...result.norm)).toBeGreaterThan(0)
  })

  it('takes one plain step: ε g/‖g‖ of each patch', () => {
    const one = gradientAscent({ steps: 1, stepSize: 0.5 })
    const result = gradientAttack(network, data, firstInput, data.labels[0]!, one, key, false)
    const options = { loss: 'crossEntropy', surrogateSlope: 0, weights: false, inputs: true } as const
    const { inputGradient } = gradients(network, selectSamples(data, Int32Array.of(0)), undefined, options)
    for (let p = 0; p < 3; p++) {
      const g = Float64Array.from(inputGradient?.subarray(p * 4, p * 4 + 4) ?? [])
      const size = Math.hypot(...g)
      const expected = g.map((value) => (size === 0 ? 0 : (0.5 * value) / size))
      expect(largestDifference(result.perturbation.subarray(p * 4, p * 4 + 4), expected)).toBeLessThan(1e-12)
    }
  })

  it('changes nothing with no steps or radius 0', () => {
    const still = [gradientAscent({ steps: 0 }), gradientAscent({ radius: 0 })]
    const result = attack(network, data, still, evaluation)
    for (const perturbation of result.perturbations ?? []) {
      expect(largestDifference(perturbation, new Float64Array(60))).toBe(0)
    }
    expect([...result.vanishedGradient.slice(0, 5)]).toEqual([0, 0, 0, 0, 0])
    expect(result.loss.slice(0, 5)).toEqual(forward(network, data).loss)
  })

  it('keeps the best iterate in evaluation and the last one in training', () => {
    // A step of the diameter throws δ from side to side; the first iterates are no worse than the last.
    const wild = gradientAscent({ steps: 7, stepSize: 3, radius: 3 })
    let differs = 0
    for (let n = 0; n < data.samples; n++) {
      const input = Float64Array.from(data.inputs.subarray(n * 12, n * 12 + 12))
      const label = data.labels[n]!
      const marginOf = (keepBest: boolean) => {
        const { perturbation } = gradientAttack(network, data, input, label, wild, key, keepBest)
        return margin(
          sampleScores(
            network,
            data,
            input.map((x, i) => x + perturbation[i]!),
          ),
          label,
        )
      }
      expect(marginOf(true)).toBeLessThanOrEqual(marginOf(false))
      if (marginOf(true) < marginOf(false)) differs++
    }
    expect(differs).toBeGreaterThan(0)
  })

  it('flags a gradient that is exactly zero, and the surrogate slope brings it back', () => {
    const dead = { ...network, weights: network.weights.map((_, i) => -1 - i / 100) }
    const positive = { ...data, inputs: Float64Array.from(data.inputs, (x) => 1 + Math.abs(x)) }
    const attacks = [gradientAscent(), gradientAscent({ surrogateSlope: 0.05 })]
    const result = attack(dead, positive, attacks, evaluation)
    expect([...result.vanishedGradient]).toEqual([1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
  })

  it('is no weaker with more restarts', () => {
    const few = attack(network, data, [gradientAscent({ randomStart: true })], evaluation)
    const many = attack(network, data, [gradientAscent({ randomStart: true, restarts: 4 })], evaluation)
    for (let n = 0; n < data.samples; n++) expect(many.margin[n]!).toBeLessThanOrEqual(few.margin[n]!)
    expect(many.margin).not.toEqual(few.margin)
  })

  it('attacks overlapping patches in the space of the input', () => {
    const layout = Int32Array.of(0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5)
    const overlapping = randomData(9, { inputSize: 6, layout })
    const result = attack(network, overlapping, [gradientAscent({ budget: 'input' })], evaluation)
    expect(result.perturbations?.[0]).toHaveLength(30)
    expect(result.margin).not.toEqual(
      attack(network, overlapping, [gradientAscent({ radius: 0 })], evaluation).margin,
    )
    for (const size of result.norm) expect(size).toBeLessThan(0.5 * (1 + 1e-12))
  })
})

describe('random start', () => {
  const shape = { patches: 3, dimension: 4, inputSize: 12 }

  it('is ε (2u − 1) per coordinate in ℓ∞', () => {
    const start = randomStart(gradientAscent({ norm: 'linf' }), shape, 2, {
      ...key,
      round: 5,
      item: 7,
      attackIndex: 1,
    })
    const expected = uniform(3, 'attack/1/restart/2', 7, 12, 5).map((u) => 0.5 * (2 * u - 1))
    expect(start).toEqual(expected)
  })

  it.each(['patch', 'input'] as const)('has norm ε u^(1/L) in every ℓ2 ball, budget %s', (budget) => {
    const length = budget === 'patch' ? 4 : 12
    const start = randomStart(gradientAscent({ budget }), shape, 0, key)
    const radii = uniform(3, 'attack/0/restart/0/radius', 0, 12 / length)
    for (let b = 0; b < radii.length; b++) {
      const size = Math.hypot(...start.subarray(b * length, (b + 1) * length))
      expect(size).toBeCloseTo(0.5 * radii[b]! ** (1 / length), 13)
    }
  })

  it('fills the ℓ2 ball evenly: half the starts lie within ε 2^(−1/L)', () => {
    let inside = 0
    for (let item = 0; item < 2000; item++) {
      const start = randomStart(gradientAscent({ budget: 'input' }), shape, 0, { ...key, item })
      if (largestBallNorm('l2', 12, start) < 0.5 * 2 ** (-1 / 12)) inside++
    }
    // Five standard deviations of a binomial count.
    expect(Math.abs(inside - 1000)).toBeLessThan(5 * Math.sqrt(500))
  })

  it('differs by restart, and restart 0 starts at 0 unless told', () => {
    const startsOf = (randomStart0: boolean, restarts: number) => {
      const one = gradientAscent({ steps: 0, randomStart: randomStart0, restarts })
      return attack(network, data, [one], evaluation).norm
    }
    expect(Math.max(...startsOf(false, 1))).toBe(0)
    expect(Math.min(...startsOf(true, 1))).toBeGreaterThan(0)
    expect(Math.max(...startsOf(false, 3))).toBeGreaterThan(0)
  })
})
