import type { Strength } from './strength.js'

/** Where a distribution stands among the paper's assumptions. */
export interface Regime {
  /** Mean α / mean β; the paper wants ≫ 1. */
  readonly strengthRatio: number
  /** c = Σ_{J_NR} E β^q / Σ_{J_R} E α^q; the paper wants > 1. */
  readonly densityRatio: number
  /** ε / mean β: the attack removes non-robust features once it nears 1. */
  readonly radiusToNonRobustStrength: number
  /** ε / (σ_n √d), which the paper takes of order 1; Infinity without noise. */
  readonly radiusToNoiseNorm: number
  /** One sentence for each number. */
  readonly findings: readonly string[]
}

interface RegimeOptions {
  readonly dimension: number
  readonly robustPatches: number
  readonly nonRobustPatches: number
  readonly robustStrength: Strength
  readonly nonRobustStrength: Strength
  readonly noise: number
}

export function describeRegime(
  distribution: RegimeOptions,
  { power, radius }: { power: number; radius: number },
): Regime {
  const { dimension, robustPatches, nonRobustPatches, robustStrength, nonRobustStrength, noise } =
    distribution
  const strengthRatio = meanPower(robustStrength, 1) / meanPower(nonRobustStrength, 1)
  const densityRatio =
    (nonRobustPatches * meanPower(nonRobustStrength, power)) /
    (robustPatches * meanPower(robustStrength, power))
  const radiusToNonRobustStrength = radius / meanPower(nonRobustStrength, 1)
  const radiusToNoiseNorm = radius / (noise * Math.sqrt(dimension))
  return {
    strengthRatio,
    densityRatio,
    radiusToNonRobustStrength,
    radiusToNoiseNorm,
    findings: [
      `Robust features are ${shown(strengthRatio)} times as strong as non-robust ones (the theory wants far more than 1).`,
      `Non-robust features are ${densityRatio > 1 ? 'denser' : 'not denser'}: c = ${shown(densityRatio)} at power ${power} (the theory wants c > 1).`,
      `The radius is ${shown(radiusToNonRobustStrength)} times the non-robust strength: an attack ${radiusToNonRobustStrength >= Math.SQRT1_2 ? 'can' : 'cannot'} turn a non-robust feature into another class's (from 1/√2 on).`,
      `The radius is ${shown(radiusToNoiseNorm)} times the typical norm of a patch's noise σ_n √d (the theory takes them of one order).`,
    ],
  }
}

/** E s^q of a constant or of a uniform strength: (h^{q+1} − l^{q+1}) / ((q + 1)(h − l)). */
function meanPower(strength: Strength, power: number): number {
  if (typeof strength === 'number') return strength ** power
  const { low, high } = strength
  if (low === high) return low ** power
  return (high ** (power + 1) - low ** (power + 1)) / ((power + 1) * (high - low))
}

function shown(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : 'infinitely many'
}
