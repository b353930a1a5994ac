import { describe, expect, it } from 'vitest'
import { imageCases } from '../../bench/cases/image-cases.js'
import { unavoidableGflop } from '../../bench/cases/work.js'
import { decode, parameterDifference } from '../../bench/measurement/parameter-check.js'
import { toleranceOf } from '../../bench/measurement/tolerances.js'
import { parseOptions } from '../../bench/options.js'
import { planOf } from '../../bench/plan.js'

const encode = (...numbers: number[]) => Buffer.from(Float32Array.from(numbers).buffer).toString('base64')

describe('cases of layered networks', () => {
  it('count an ascent step as two passes of the convolutions', () => {
    const [standard, pgd] = imageCases.map(unavoidableGflop)
    // 12.5 million multiply-adds an image forward, of which 442,368 are the first layer's.
    const forward = (2 * 128 * 12_500_992) / 1e9
    const first = (2 * 128 * 442_368) / 1e9
    expect(standard).toBeCloseTo(3 * forward - first, 9)
    expect(pgd).toBeCloseTo(17 * forward - first, 9)
  })

  it('are for contenders that can train them', () => {
    const options = parseOptions(['--case', 'resnet8'])
    if (options === undefined) throw new Error('Expected options.')
    const plan = planOf(options)
    expect(plan.map(({ benchmark }) => benchmark.name)).toEqual(['cnn-standard-step', 'cnn-pgd-step'])
    for (const { participants } of plan) {
      expect(participants.map(({ name }) => name)).toEqual(expect.arrayContaining(['robust-features', 'jax']))
      expect(participants.map(({ name }) => name)).not.toContain('floor')
    }
  })

  it('allow more where signs magnify rounding', () => {
    const [standard, pgd] = imageCases.map(toleranceOf)
    expect(standard?.losses).toBeLessThan(pgd?.losses ?? 0)
    expect(standard?.parameters).toBeLessThan(pgd?.parameters ?? 0)
  })
})

describe('the check of parameters', () => {
  const check = { initial: Float32Array.of(0, 0), trained: Float32Array.of(3, 4) }

  it('is relative to the way that training went', () => {
    expect(parameterDifference(check, encode(3, 4))).toBe(0)
    expect(parameterDifference(check, encode(3, 5))).toBeCloseTo(0.2, 12)
    expect(parameterDifference(check, encode(0, 0))).toBe(1)
  })

  it.each([undefined, encode(3), encode(3, 4, 5), encode(3, Number.NaN)])('refuses %s', (found) => {
    expect(parameterDifference(check, found)).toBe(Number.POSITIVE_INFINITY)
  })

  it('reads what contenders write', () => {
    expect([...decode(encode(1.5, -2))]).toEqual([1.5, -2])
  })
})
