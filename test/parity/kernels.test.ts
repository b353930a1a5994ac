import { describe, expect, it } from 'vitest'
import type { LossKind, Norm, Precision, Rule } from '../../src/native/contract.js'
import { kernels as oracle } from '../../src/reference/index.js'
import { activations, addon, guarded, nameOf, precisions, rounded, typed } from '../helpers/native-cases.js'
import { largestDifference, numbers } from '../helpers/reference-cases.js'
import {
  activationTolerance,
  ascentTolerance,
  columnSumTolerance,
  epsilon,
  largestMagnitude,
  normTolerance,
  productTolerance,
  residualTolerance,
} from '../helpers/tolerances.js'

const { kernels } = addon
/** Around the widths of vectors (4, 8), of unrolled loops (64) and in between. */
const sizes = [0, 1, 2, 7, 8, 9, 31, 63, 64, 65, 1000]

function expectClose(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: (expected: number, index: number) => number,
): void {
  expect(found.length).toBe(expected.length)
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(found[i]! - expected[i]!)
    if (!(difference <= tolerance(expected[i]!, i))) {
      expect.fail(
        `element ${i}: ${found[i]} is ${difference} from ${expected[i]}, more than ${tolerance(expected[i]!, i)}`,
      )
    }
  }
}

describe.each(precisions)('kernels in %s', (precision: Precision) => {
  describe.each(activations.map((activation) => [nameOf(activation), activation] as const))(
    'activation, %s',
    (_, original) => {
      const activation = { ...original, threshold: rounded(precision, [original.threshold])[0]! }
      const { threshold } = activation
      const joints = [0, -0, threshold, -threshold, threshold / 2, threshold * 1.0001, 1e-30, 1e6]

      it.each(sizes)('%i values', (size) => {
        const z = rounded(precision, [...joints, ...numbers(size, size, 2)].slice(0, size))
        for (const surrogateSlope of [0, 0.0625]) {
          const input = guarded(typed(precision, z))
          const values = guarded(typed(precision, new Float64Array(size)))
          const slopes = guarded(typed(precision, new Float64Array(size)))
          kernels.activation(activation, surrogateSlope, input.view, values.view, slopes.view)
          const expected = { values: new Float64Array(size), slopes: new Float64Array(size) }
          oracle.activation(activation, surrogateSlope, z, expected.values, expected.slopes)
          const tolerance = (result: number) => activationTolerance(precision, activation, result)
          expectClose(values.view, expected.values, tolerance)
          expectClose(slopes.view, expected.slopes, tolerance)
          expect([input, values, slopes].every((array) => array.intact())).toBe(true)
          expect([...input.view]).toEqual([...z])
        }
      })

      it('passes NaN on', () => {
        const values = typed(precision, [0, 0])
        const slopes = typed(precision, [0, 0])
        kernels.activation(activation, 0, typed(precision, [Number.NaN, 1]), values, slopes)
        expect([values[0], slopes[0]]).toEqual([Number.NaN, Number.NaN])
        expect(values[1]).toBeGreaterThan(0)
      })

      it.each([
        [0, 5],
        [1, 1],
        [1, 64],
        [3, 7],
        [63, 8],
        [64, 9],
        [65, 63],
        [130, 65],
        [200, 131],
      ])('column sums of %i × %i', (rows, columns) => {
        const z = rounded(precision, numbers(rows, rows * columns))
        const input = guarded(typed(precision, z))
        const out = guarded(new Float64Array(columns).fill(7))
        kernels.activationColumnSums(activation, rows, columns, input.view, out.view)
        const expected = new Float64Array(columns)
        oracle.activationColumnSums(activation, rows, columns, z, expected)
        expectClose(out.view, expected, (sum) => columnSumTolerance(precision, activation, rows, sum))
        expect(input.intact() && out.intact()).toBe(true)
      })
    },
  )

  describe.each(['nt', 'nn', 'tn'] as const)('product %s', (form) => {
    it.each([
      [0, 3, 2],
      [3, 0, 2],
      [3, 2, 0],
      [0, 0, 0],
      [1, 1, 1],
      [1, 7, 1],
      [2, 1, 9],
      [7, 9, 65],
      [8, 8, 8],
      [63, 5, 64],
      [65, 33, 63],
      [171, 6, 4],
      [6, 4, 513],
    ])('%i × %i over %i', (m, n, k) => {
      const a = rounded(precision, numbers(1, m * k))
      const b = rounded(precision, numbers(2, n * k))
      // Only `tn` adds to what is there: the others must not read it.
      const before = new Float64Array(m * n).fill(form === 'tn' ? 0.5 : Number.NaN)
      const views = [a, b, before].map((values) => guarded(typed(precision, values)))
      kernels.product(form, m, n, k, views[0]!.view, views[1]!.view, views[2]!.view)

      const expected = before.slice()
      oracle.product(form, m, n, k, a, b, expected)
      const magnitude = new Float64Array(m * n).fill(0.5)
      oracle.product(form, m, n, k, a.map(Math.abs), b.map(Math.abs), magnitude)
      expectClose(views[2]!.view, expected, (_, i) => productTolerance(precision, k + 1, magnitude[i]!))
      expect(views.every((array) => array.intact())).toBe(true)
      expect([...views[0]!.view, ...views[1]!.view]).toEqual([...a, ...b])
    })
  })

  describe('norm', () => {
    it.each(sizes)('of %i numbers', (size) => {
      for (const scale of [1, 1e-30, 1e30]) {
        const values = rounded(precision, numbers(size + 1, size, scale))
        for (const norm of ['l2', 'linf'] as const) {
          const expected = oracle.norm(norm, values)
          const input = guarded(typed(precision, values))
          expect(Math.abs(kernels.norm(norm, input.view) - expected)).toBeLessThanOrEqual(
            normTolerance(size, expected),
          )
        }
      }
    })

    it('neither overflows nor vanishes at the ends of the range', () => {
      const largest = precision === 'float32' ? 3e38 : 1.7e308
      const smallest = precision === 'float32' ? 1.2e-38 : 2.3e-308
      for (const size of [largest / 2, smallest]) {
        const [value] = rounded(precision, [size])
        const found = kernels.norm('l2', typed(precision, [value!, 0, -value!]))
        expect(Math.abs(found / (value! * Math.SQRT2) - 1)).toBeLessThanOrEqual(4 * epsilon.float64)
      }
    })
  })

  const balls = [
    [1, 1],
    [1, 5],
    [3, 4],
    [7, 3],
    [8, 2],
    [65, 2],
  ] as const

  describe.each(['l2', 'linf'] as const)('projection and ascent, %s', (norm: Norm) => {
    it.each(balls)('project balls of %i, %i of them', (length, count) => {
      for (const radius of [0, 0.3, 1, 1000]) {
        const values = rounded(precision, numbers(length, length * count))
        const out = guarded(typed(precision, values))
        kernels.project(norm, radius, length, out.view)
        const expected = values.slice()
        oracle.project(norm, radius, length, expected)
        expectClose(out.view, expected, () => ascentTolerance(precision, length, radius))
        expect(out.intact()).toBe(true)
      }
    })

    it.each(balls)('ascend in balls of %i, %i of them', (length, count) => {
      for (const rule of ['gradient', 'normalized'] as const satisfies readonly Rule[]) {
        for (const [radius, stepSize] of [
          [0.5, 0.2],
          [0.5, 3],
          [0, 1],
          [10, 0],
        ] as const) {
          const gradient = rounded(precision, numbers(length, length * count))
          gradient.fill(0, 0, length)
          const inside = numbers(length + 1, length * count, 0.1)
          oracle.project(norm, radius, length, inside)
          const start = rounded(precision, inside)
          const input = guarded(typed(precision, gradient))
          const out = guarded(typed(precision, start))
          kernels.ascend(rule, norm, radius, stepSize, length, input.view, out.view)
          const expected = start.slice()
          oracle.ascend(rule, norm, radius, stepSize, length, gradient, expected)
          const longest = largestMagnitude(start) + stepSize * (1 + largestMagnitude(gradient))
          expectClose(out.view, expected, () => ascentTolerance(precision, length, longest))
          expect(input.intact() && out.intact()).toBe(true)
          expect([...input.view]).toEqual([...gradient])
        }
      }
    })

    it('moves a full step along a gradient of 1e-30', () => {
      const perturbation = typed(precision, [0, 0, 0])
      kernels.ascend('normalized', norm, 1, 0.25, 3, typed(precision, [3e-31, -4e-31, 0]), perturbation)
      const expected = norm === 'l2' ? [0.15, -0.2, 0] : [0.25, -0.25, 0]
      expectClose(perturbation, expected, () => ascentTolerance(precision, 3, 0.25))
    })

    it('moves a full step also where the step over the norm leaves the range', () => {
      const [tiny] = rounded(precision, [precision === 'float32' ? 1e-38 : 3e-308])
      const perturbation = typed(precision, [0, 0])
      kernels.ascend('normalized', norm, 1e6, 1e5, 2, typed(precision, [tiny!, 0]), perturbation)
      expectClose(perturbation, [1e5, 0], () => ascentTolerance(precision, 2, 1e5))
    })

    it.each(['gradient', 'normalized'] as const)('a zero gradient moves nothing, rule %s', (rule) => {
      const start = typed(precision, [0.1, -0.2, 0.05, 0])
      const perturbation = start.slice()
      kernels.ascend(rule, norm, 1, 0.5, 2, typed(precision, [0, -0, 0, 0]), perturbation)
      expect([...perturbation]).toEqual([...start])
    })

    it.each(['gradient', 'normalized'] as const)(
      'a gradient that is not finite spoils nothing, rule %s',
      (rule) => {
        for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
          for (let place = 0; place < 9; place++) {
            const gradient = typed(precision, new Float64Array(18).fill(1))
            gradient[place] = bad
            const perturbation = typed(precision, new Float64Array(18).fill(0.05))
            kernels.ascend(rule, norm, 10, 0.5, 9, gradient, perturbation)
            expect(perturbation.every(Number.isFinite)).toBe(true)
            // ℓ∞ steps coordinate by coordinate; the others leave the whole ball where it is.
            if (rule === 'gradient' || norm === 'l2') {
              expect([...perturbation.subarray(0, 9)]).toEqual([
                ...typed(precision, new Float64Array(9).fill(0.05)),
              ])
            }
            expect(perturbation[9]).toBeGreaterThan(0.1)
          }
        }
      },
    )
  })
})

describe('residual', () => {
  const losses: readonly LossKind[] = ['crossEntropy', 'margin']

  function bothResiduals(loss: LossKind, scores: Float64Array, label: number) {
    const direction = guarded(new Float64Array(scores.length).fill(9))
    const found = kernels.residual(loss, scores, label, direction.view)
    const expectedDirection = new Float64Array(scores.length)
    const expected = oracle.residual(loss, scores, label, expectedDirection)
    expect(direction.intact()).toBe(true)
    return { found, direction: direction.view, expected, expectedDirection }
  }

  function expectSame(loss: LossKind, scores: Float64Array, label: number): void {
    const { found, direction, expected, expectedDirection } = bothResiduals(loss, scores, label)
    const tolerance = (result: number) => residualTolerance(scores.length, result)
    expectClose(direction, expectedDirection, tolerance)
    expectClose(
      [found.loss, found.scale, found.margin],
      [expected.loss, expected.scale, expected.margin],
      // Beyond margins of 1 the loss is an exponential of the margin, which carries its error.
      (result) => (1 + Math.abs(expected.margin)) * tolerance(result),
    )
  }

  it.each(losses)('of random scores, %s', (loss) => {
    for (const classes of [2, 3, 5, 10]) {
      for (let label = 0; label < classes; label++) {
        for (const scale of [0.01, 1, 30]) expectSame(loss, numbers(classes, classes, scale), label)
      }
    }
  })

  it.each(losses)('at margins of 20, 100, 300 and 700 on both sides, %s', (loss) => {
    for (const margin of [20, 100, 300, 700]) {
      expectSame(loss, Float64Array.of(margin, 0, -1), 0)
      expectSame(loss, Float64Array.of(margin, 0, -1), 1)
      expectSame(loss, Float64Array.of(margin, 0), 0)
      const { found, direction } = bothResiduals('crossEntropy', Float64Array.of(margin, 0), 0)
      expect([...direction]).toEqual([-1, 1])
      expect(found.loss).toBeGreaterThan(0)
    }
  })

  it('gives a margin of 0 and the lowest rival on equal scores', () => {
    const { found, direction } = bothResiduals('margin', new Float64Array(4), 0)
    expect(found).toEqual({ loss: -0, scale: 1, margin: 0 })
    expect([...direction]).toEqual([-1, 1, 0, 0])
    expectSame('crossEntropy', new Float64Array(4), 0)
  })

  it('is NaN throughout on scores that are not finite', () => {
    const { found, direction } = bothResiduals('crossEntropy', Float64Array.of(1, Number.NaN, 2), 0)
    expect(found).toEqual({ loss: Number.NaN, scale: Number.NaN, margin: Number.NaN })
    expect(largestDifference(direction, [0, 0, 0])).toBeNaN()
  })
})
