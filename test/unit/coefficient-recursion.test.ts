import { describe, expect, it } from 'vitest'
import { predictCoefficients, type RecursionProblem } from '../../src/analysis/coefficient-recursion.js'
import { recordedCoefficients } from '../../src/analysis/learned-trajectory.js'
import { meanSamples } from '../../src/analysis/mean-sample.js'
import {
  adversarial,
  featureAligned,
  PatchData,
  PatchDistribution,
  PatchNetwork,
  smoothedRelu,
  standard,
  train,
} from '../../src/index.js'

const activation = smoothedRelu({ power: 3, threshold: 2 })
const problem: RecursionProblem = {
  classes: 2,
  activation,
  learningRate: 0.4,
  robust: { patches: 1, strength: 2 },
  nonRobust: { patches: 12, strength: 1 },
  radius: 0,
}
const ITERATIONS = 60
const iterations = Array.from({ length: ITERATIONS + 1 }, (_, iteration) => iteration)

/** Training on one sample of each class, without noise: exactly what the recursion is about. */
async function measured(radius: number) {
  const distribution = new PatchDistribution({
    classes: 2,
    dimension: 4,
    robustPatches: 1,
    nonRobustPatches: 12,
    robustStrength: 2,
    nonRobustStrength: 1,
    noise: 0,
    seed: 3,
  })
  const inputs = new Float64Array(2 * 13 * 4)
  for (let y = 0; y < 2; y++) {
    for (let p = 0; p < 13; p++) inputs[(y * 13 + p) * 4 + (p === 0 ? y : 2 + y)] = p === 0 ? 2 : 1
  }
  const data = PatchData.fromArrays({
    inputs,
    labels: Int32Array.of(0, 1),
    classes: 2,
    patches: 13,
    dimension: 4,
  })
  const network = PatchNetwork.initialize({
    classes: 2,
    dimension: 4,
    filtersPerClass: 3,
    activation,
    initialScale: 0.2,
    precision: 'float64',
    seed: 4,
  })
  const objective =
    radius === 0 ? standard() : adversarial(featureAligned(distribution, { radius, selection: 'shared' }))
  const run = train(network, data, {
    objective,
    learningRate: problem.learningRate,
    iterations: ITERATIONS,
    record: { every: 1, features: distribution },
    threads: 1,
  })
  return recordedCoefficients((await run.finished).history)
}

describe('predictCoefficients', () => {
  it('is one gradient step by hand', () => {
    const initial = { robust: Float64Array.of(0.5, 0, 0, 0.5), nonRobust: new Float64Array(4) }
    const alone = { ...problem, nonRobust: { patches: 0, strength: 1 } }
    const [before, after] = predictCoefficients(initial, alone, [0, 1])
    expect(before?.coefficients).toEqual(initial)
    // z = α u = 1, σ(z) = 1/12, σ′(z) = 1/4; u ← u + (η/k)(1 − p) α σ′.
    const p = 1 / (1 + Math.exp(-1 / 12))
    const next = 0.5 + (0.4 / 2) * (1 - p) * 2 * 0.25
    expect(after?.coefficients.robust[0]).toBeCloseTo(next, 14)
    expect(after?.coefficients.robust[3]).toBeCloseTo(next, 14)
    expect([...(after?.coefficients.nonRobust ?? [])]).toEqual([0, 0, 0, 0])
  })

  it.each([0, 0.4])('equals training without noise, radius %d', async (radius) => {
    const recorded = await measured(radius)
    const initial = recorded[0]!.coefficients
    const predicted = predictCoefficients(initial, { ...problem, radius }, iterations)
    expect(predicted.map(({ iteration }) => iteration)).toEqual(recorded.map(({ iteration }) => iteration))
    for (const [index, { coefficients }] of recorded.entries()) {
      for (const kind of ['robust', 'nonRobust'] as const) {
        for (const [place, value] of coefficients[kind].entries())
          expect(predicted[index]!.coefficients[kind][place]).toBeCloseTo(value, 9)
      }
    }
    expect(recorded.at(-1)!.coefficients.nonRobust).not.toEqual(initial.nonRobust)
  })

  it('returns the iterations asked for and nothing for none', () => {
    const initial = { robust: new Float64Array(4), nonRobust: new Float64Array(4) }
    expect(predictCoefficients(initial, problem, [2, 5]).map(({ iteration }) => iteration)).toEqual([2, 5])
    expect(predictCoefficients(initial, problem, [])).toEqual([])
  })
})

describe('meanSamples', () => {
  it('has the moments of the strengths’ range', () => {
    const ranged = { ...problem, nonRobust: { patches: 10, strength: { low: 0.5, high: 1.5 } } }
    const [sample = []] = meanSamples(ranged, 1)
    const moment = (power: number) =>
      sample.reduce((sum, { weight, vector }) => sum + weight * (vector[3] ?? 0) ** power, 0)
    expect(moment(1)).toBeCloseTo(10, 12)
    expect(moment(3)).toBeCloseTo((10 * (1.5 ** 4 - 0.5 ** 4)) / 4, 12)
  })

  it('perturbs every patch by the radius', () => {
    const [clean = [], ...samples] = meanSamples({ ...problem, radius: 0.5 }, 0)
    expect(samples).toHaveLength(2 * 9)
    expect(meanSamples(problem, 0)).toEqual([clean])
    for (const sample of samples) {
      for (const [p, { vector }] of sample.entries()) {
        const delta = vector.map((value, e) => value - (clean[p]?.vector[e] ?? 0))
        expect(Math.hypot(...delta)).toBeCloseTo(0.5, 12)
      }
    }
  })
})
