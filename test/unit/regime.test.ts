import { describe, expect, it } from 'vitest'
import { failure } from '../helpers/errors.js'
import { smallDistribution } from '../helpers/library-cases.js'

describe('regime', () => {
  it('of constant strengths is what one computes by hand', () => {
    const distribution = smallDistribution({
      dimension: 16,
      robustPatches: 2,
      nonRobustPatches: 100,
      robustStrength: 4,
      nonRobustStrength: 0.5,
      noise: 0.25,
    })
    const regime = distribution.regime({ power: 3, radius: 0.25 })
    expect(regime.strengthRatio).toBe(8)
    expect(regime.densityRatio).toBe((100 * 0.125) / (2 * 64))
    expect(regime.radiusToNonRobustStrength).toBe(0.5)
    expect(regime.radiusToNoiseNorm).toBe(0.25)
    expect(regime.findings).toEqual([
      expect.stringContaining('8 times as strong'),
      expect.stringContaining('not denser: c = 0.0977 at power 3'),
      expect.stringContaining('0.5 times the non-robust strength: an attack cannot turn'),
      expect.stringContaining('0.25 times the typical norm'),
    ])
  })

  it('of uniform strengths uses their moments', () => {
    const distribution = smallDistribution({
      robustPatches: 1,
      nonRobustPatches: 3,
      robustStrength: { low: 1, high: 3 },
      nonRobustStrength: { low: 0, high: 1 },
      noise: 0,
    })
    const regime = distribution.regime({ power: 2, radius: 1 })
    expect(regime.strengthRatio).toBe(4)
    // E β² = 1/3, E α² = 26/6.
    expect(regime.densityRatio).toBeCloseTo(6 / 26, 14)
    expect(regime.radiusToNonRobustStrength).toBe(2)
    expect(regime.radiusToNoiseNorm).toBe(Number.POSITIVE_INFINITY)
    expect(regime.findings[2]).toContain('an attack can turn')
    expect(regime.findings[3]).toContain('infinitely many')
  })

  it('is that of the constant when both ends are equal', () => {
    const options = { power: 5, radius: 0.1 }
    expect(
      smallDistribution({ robustStrength: { low: 2, high: 2 }, nonRobustStrength: 1 }).regime(options),
    ).toEqual(
      smallDistribution({ robustStrength: 2, nonRobustStrength: { low: 1, high: 1 } }).regime(options),
    )
  })

  it('calls non-robust features denser when c > 1', () => {
    const { findings, densityRatio } = smallDistribution({ nonRobustPatches: 5000 }).regime({
      power: 2,
      radius: 0.1,
    })
    expect(densityRatio).toBeGreaterThan(1)
    expect(findings[1]).toContain('are denser')
  })

  it('refuses what is no power or radius', async () => {
    const regime = (options: object) => () =>
      smallDistribution().regime(options as { power: number; radius: number })
    expect(await failure('INVALID_ARGUMENT', regime({ power: 0, radius: 1 }))).toBe(
      'Expected `power` to be a positive number, got 0.',
    )
    expect(await failure('INVALID_ARGUMENT', regime({ power: 3, radius: -1 }))).toBe(
      'Expected `radius` to be a non-negative number, got -1.',
    )
    expect(await failure('UNKNOWN_OPTION', regime({ power: 3, radis: 1 }))).toContain(
      'did you mean `radius`?',
    )
  })
})
