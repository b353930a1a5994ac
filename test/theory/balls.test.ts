import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FloatArray, Norm, Precision } from '../../src/native/contract.js'
import { addon, featureAligned, precisions, problem, typed } from '../helpers/native-cases.js'
import { gradientAscent } from '../helpers/reference-cases.js'

const { kernels } = addon
const runs = { numRuns: 400, seed: 1 }

/** Numbers of every size whose squares, steps and sums stay in the range of float32. */
const number = fc.oneof(
  fc.double({ min: -1, max: 1, noNaN: true }),
  fc.double({ min: -1e15, max: 1e15, noNaN: true }),
  fc.double({ min: -1e-30, max: 1e-30, noNaN: true }),
  fc.constantFrom(0, -0, 1, -1),
)
const radius = fc.oneof(fc.constant(0), fc.double({ min: 1e-20, max: 1e6, noNaN: true }))
const norm = fc.constantFrom<Norm>('l2', 'linf')
const rule = fc.constantFrom('gradient' as const, 'normalized' as const)
const vector = fc.array(number, { minLength: 1, maxLength: 70 })

describe.each(precisions)('balls in %s', (precision: Precision) => {
  function projected(kind: Norm, size: number, values: FloatArray): FloatArray {
    const result = values.slice()
    kernels.project(kind, size, values.length, result)
    return result
  }

  it('a projection never leaves the ball', () => {
    fc.assert(
      fc.property(norm, radius, vector, (kind, size, values) => {
        const result = projected(kind, size, typed(precision, values))
        expect(kernels.norm(kind, result)).toBeLessThanOrEqual(size)
      }),
      runs,
    )
  })

  it('a second projection does nothing', () => {
    fc.assert(
      fc.property(norm, radius, vector, (kind, size, values) => {
        const once = projected(kind, size, typed(precision, values))
        expect(projected(kind, size, once)).toEqual(once)
      }),
      runs,
    )
  })

  it('a point of the ball stays where it is, bit for bit', () => {
    fc.assert(
      fc.property(norm, vector, (kind, values) => {
        const inside = typed(precision, values)
        expect(projected(kind, kernels.norm(kind, inside), inside)).toEqual(inside)
      }),
      runs,
    )
  })

  it('a projection keeps the direction, and the signs', () => {
    fc.assert(
      fc.property(norm, radius, vector, (kind, size, values) => {
        const before = typed(precision, values)
        const after = projected(kind, size, before)
        expect(
          after.every((value, i) => value * before[i]! >= 0 && Math.abs(value) <= Math.abs(before[i]!)),
        ).toBe(true)
      }),
      runs,
    )
  })

  it('a step never leaves the ball', () => {
    fc.assert(
      fc.property(
        rule,
        norm,
        radius,
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 70 }),
        (kind, ball, size, stepSize, pairs) => {
          const gradient = typed(
            precision,
            pairs.map(([value]) => value),
          )
          const perturbation = projected(
            ball,
            size,
            typed(
              precision,
              pairs.map(([, value]) => value),
            ),
          )
          kernels.ascend(kind, ball, size, stepSize, pairs.length, gradient, perturbation)
          expect(kernels.norm(ball, perturbation)).toBeLessThanOrEqual(size)
        },
      ),
      runs,
    )
  })

  it('balls do not touch each other', () => {
    fc.assert(
      fc.property(norm, radius, vector, vector, (kind, size, first, second) => {
        const length = Math.min(first.length, second.length)
        const parts = [first, second].map((values) => typed(precision, values.slice(0, length)))
        const together = typed(precision, [...parts[0]!, ...parts[1]!])
        kernels.project(kind, size, length, together)
        expect([...together]).toEqual(parts.flatMap((part) => [...projected(kind, size, part)]))
      }),
      runs,
    )
  })

  it('no attack leaves its ball', async () => {
    const current = problem(precision, 71, { samples: 3, dimension: 8 })
    const attack = fc.oneof(
      fc
        .record({
          loss: fc.constantFrom('crossEntropy' as const, 'margin' as const),
          rule,
          norm,
          budget: fc.constantFrom('patch' as const, 'input' as const),
          radius: fc.double({ min: 0, max: 10, noNaN: true }),
          stepSize: fc.double({ min: 0, max: 10, noNaN: true }),
          steps: fc.integer({ min: 0, max: 3 }),
          restarts: fc.integer({ min: 1, max: 2 }),
          randomStart: fc.boolean(),
          surrogateSlope: fc.constantFrom(0, 0.1),
        })
        .map(gradientAscent),
      fc
        .record({
          norm,
          budget: fc.constantFrom('patch' as const, 'input' as const),
          radius: fc.double({ min: 0, max: 10, noNaN: true }),
          splits: fc.integer({ min: 2, max: 5 }),
          selection: fc.constantFrom('shared' as const, 'perPatch' as const),
        })
        .map((options) => featureAligned(current.network, options)),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(attack, { minLength: 1, maxLength: 3 }),
        fc.nat(100),
        async (attacks, seed) => {
          const options = { seed, round: 0, keepPerturbations: true, threads: 1 }
          const found = await addon.attack(current.network, current.data, attacks, options)
          for (const [a, { norm: kind, budget, radius: size }] of attacks.entries()) {
            const length = budget === 'patch' ? 8 : current.data.inputSize
            const perturbation = found.perturbations![a]!
            for (let first = 0; first < perturbation.length; first += length) {
              const ball = kernels.norm(kind, perturbation.subarray(first, first + length))
              expect(ball).toBeLessThanOrEqual(size)
            }
            for (let n = 0; n < 3; n++) expect(found.norm[a * 3 + n]).toBeLessThanOrEqual(size)
          }
        },
      ),
      { numRuns: 150, seed: 1 },
    )
  })
})
