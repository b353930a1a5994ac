import { describe, expect, it } from 'vitest'
import type { NativeAttack, NativeNetwork } from '../../src/native/contract.js'
import {
  addon,
  featureAligned,
  type Problem,
  precisions,
  problem,
  problemOf,
} from '../helpers/native-cases.js'
import { gradientAscent } from '../helpers/reference-cases.js'

function run({ network, data }: Pick<Problem, 'network' | 'data'>, attacks: NativeAttack[], seed = 1) {
  return addon.attack(network, data, attacks, { seed, round: 0, keepPerturbations: true, threads: 2 })
}

describe.each(precisions)('attacks in %s', (precision) => {
  const current = problem(precision, 81, { samples: 20, dimension: 8 })

  it.each(['l2', 'linf'] as const)('more restarts never help the network, %s', async (norm) => {
    const margins: Float64Array[] = []
    for (const restarts of [1, 2, 3, 6]) {
      const attack = gradientAscent({ norm, restarts, randomStart: true, steps: 2, radius: 1 })
      margins.push((await run(current, [attack])).margin)
    }
    for (const [fewer, more] of margins.slice(1).map((margin, i) => [margins[i]!, margin] as const)) {
      expect(more.every((margin, n) => margin <= fewer[n]!)).toBe(true)
    }
    expect(margins[3]!.some((margin, n) => margin < margins[0]![n]!)).toBe(true)
  })

  it('more steps never help the network', async () => {
    // The same step, so that the longer attack passes the iterates of the shorter one.
    const few = await run(current, [gradientAscent({ steps: 2 })])
    const many = await run(current, [gradientAscent({ steps: 8 })])
    expect(many.margin.every((margin, n) => margin <= few.margin[n]!)).toBe(true)
  })

  it('no attack helps the network', async () => {
    const attacks = [
      gradientAscent({ radius: 3, stepSize: 3 }),
      featureAligned(current.network),
      featureAligned(current.network, { norm: 'linf', selection: 'perPatch' }),
    ]
    const { scores } = await addon.forward(current.network, current.data, undefined, { threads: 1 })
    const labels = current.data.labels()
    const clean = Float64Array.from(labels, (label, n) => {
      const own = scores.subarray(n * 3, (n + 1) * 3)
      return own[label]! - Math.max(...own.filter((_, j) => j !== label))
    })
    const { margin } = await run(current, attacks)
    expect(margin.every((value, i) => value <= clean[i % 20]!)).toBe(true)
  })

  it('the seed, the round and the place in the list each change the random start', async () => {
    const attack = gradientAscent({ randomStart: true, steps: 0 })
    const { network, data } = current
    const options = { keepPerturbations: true, threads: 1 }
    const starts = [
      ...(await addon.attack(network, data, [attack, attack], { ...options, seed: 1, round: 0 }))
        .perturbations!,
      ...(await addon.attack(network, data, [attack], { ...options, seed: 2, round: 0 })).perturbations!,
      ...(await addon.attack(network, data, [attack], { ...options, seed: 1, round: 1 })).perturbations!,
    ]
    expect(new Set(starts.map((start) => start.join())).size).toBe(4)
  })

  // One filter per class along its own axis: the best perturbation is (−ε, ε) / √2 per patch.
  it.each([20, 100, 300])('gradient ascent finds its direction at a margin of %i', async (margin) => {
    const network: NativeNetwork = {
      classes: 2,
      filtersPerClass: 1,
      dimension: 2,
      activation: { kind: 'smoothedRelu', power: 3, threshold: 1 },
      weights: Float64Array.of(1, 0, 0, 1),
    }
    const sure = problemOf(precision, network, {
      samples: 1,
      patches: 1,
      dimension: 2,
      classes: 2,
      inputSize: 2,
      inputs: Float64Array.of(margin + 2, 2),
      labels: Int32Array.of(0),
    })
    for (const loss of ['crossEntropy', 'margin'] as const) {
      const { perturbations, vanishedGradient } = await run(sure, [
        gradientAscent({ loss, steps: 1, radius: 0.5, stepSize: 0.5 }),
        gradientAscent({ loss, steps: 1, radius: 0.5, stepSize: 0.5, norm: 'linf' }),
      ])
      const [l2, linf] = perturbations!
      expect(l2![0]).toBeCloseTo(-0.5 / Math.SQRT2, 5)
      expect(l2![1]).toBeCloseTo(0.5 / Math.SQRT2, 5)
      expect([...linf!]).toEqual([-0.5, 0.5])
      expect([...vanishedGradient]).toEqual([0, 0])
    }
  })

  it('a single linear patch is attacked to its closed form', async () => {
    // ReLU far from its kink: F_0 − F_1 = x_0 − x_1, which ε in ℓ2 lowers by ε √2 and in ℓ∞ by 2 ε.
    const network: NativeNetwork = {
      classes: 2,
      filtersPerClass: 1,
      dimension: 2,
      activation: { kind: 'relu', power: 2, threshold: 1 },
      weights: Float64Array.of(1, 0, 0, 1),
    }
    const linear = problemOf(precision, network, {
      samples: 1,
      patches: 1,
      dimension: 2,
      classes: 2,
      inputSize: 2,
      inputs: Float64Array.of(7, 5),
      labels: Int32Array.of(0),
    })
    const { margin } = await run(linear, [
      gradientAscent({ steps: 5, radius: 0.5, stepSize: 0.25 }),
      gradientAscent({ steps: 5, radius: 0.5, stepSize: 0.25, norm: 'linf' }),
    ])
    expect(margin[0]).toBeCloseTo(2 - 0.5 * Math.SQRT2, 5)
    expect(margin[1]).toBeCloseTo(1, 5)
  })
})
