import { describe, expect, it } from 'vitest'
import { fitLinearProbe, probeAccuracy } from '../../src/analysis/linear-probe.js'
import { normal } from '../../src/reference/index.js'

const classes = 3

/** Normal numbers, and labels that follow from them but for noise. */
function samples(count: number, size: number, seed: number) {
  const values = Float32Array.from(normal(seed, 'test/probe', 0, count * size), (value) => value + 2)
  const noise = normal(seed, 'test/noise', 0, count * classes)
  const labels = Int32Array.from({ length: count }, (_, n) => {
    const scores = Array.from({ length: classes }, (_, i) => {
      return (values[n * size + i] ?? 0) + 0.2 * (noise[n * classes + i] ?? 0)
    })
    return scores.indexOf(Math.max(...scores))
  })
  return { values, labels }
}

const ridge = 0.3

describe('linear probe', () => {
  // One shape for each of the two forms of the solution.
  it.each([
    [40, 5],
    [6, 9],
  ])('is where the gradient of its loss is zero, %i samples of %i numbers', (count, size) => {
    const { values, labels } = samples(count, size, 1)
    const { weights, offset } = fitLinearProbe({ values, labels }, { classes, ridge })
    const x = (n: number, e: number) => values[n * size + e] ?? 0
    const rest = (n: number, i: number) => {
      let score = (offset[i] ?? 0) - Number(labels[n] === i)
      for (let e = 0; e < size; e++) score += x(n, e) * (weights[e * classes + i] ?? 0)
      return score
    }
    const all = Array.from({ length: count }, (_, n) => n)
    const sum = (of: (n: number) => number) => all.reduce((total, n) => total + of(n), 0)
    const centers = Array.from({ length: size }, (_, e) => sum((n) => x(n, e)) / count)
    const squares = centers.reduce((total, center, e) => total + sum((n) => (x(n, e) - center) ** 2), 0)
    for (let i = 0; i < classes; i++) {
      expect(sum((n) => rest(n, i))).toBeCloseTo(0, 8)
      for (let e = 0; e < size; e++) {
        const gradient = sum((n) => rest(n, i) * x(n, e))
        expect(gradient + ((ridge * squares) / size) * (weights[e * classes + i] ?? 0)).toBeCloseTo(0, 8)
      }
    }
  })

  it('classifies new samples of what it was fitted to', () => {
    const probe = fitLinearProbe(samples(300, 4, 1), { classes, ridge: 0.01 })
    expect(probeAccuracy(probe, samples(300, 4, 2))).toBeGreaterThan(0.75)
    const { values, labels } = samples(300, 4, 2)
    const others = labels.map((label) => (label + 1) % classes)
    expect(probeAccuracy(probe, { values, labels: others })).toBeLessThan(0.2)
  })

  it('says the commonest class where all numbers are the same', () => {
    const labels = Int32Array.of(1, 2, 1, 0, 1)
    const probe = fitLinearProbe({ values: new Float32Array(10).fill(3), labels }, { classes, ridge })
    expect(Array.from(probe.weights)).toEqual(new Array(6).fill(0))
    expect(probeAccuracy(probe, { values: new Float32Array(10).fill(3), labels })).toBe(3 / 5)
  })
})
