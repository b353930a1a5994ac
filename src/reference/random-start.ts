import type { NativeGradientAttack } from '../native/contract.js'
import type { PatchShape } from './patches.js'
import { ballLength, norm } from './perturbation.js'
import { normal, uniform } from './philox.js'

/** What the random numbers of an attack on one sample depend on. */
export interface AttackKey {
  seed: number
  /** The iteration during training; chosen by the caller in evaluation. */
  round: number
  /** Index of the sample in its data set. */
  item: number
  /** Place of the attack in its list. */
  attackIndex: number
}

/**
 * A perturbation uniform in every ball, `inputSize` numbers, from stream `attack/A/restart/R`.
 *
 * - ℓ∞: ε (2u − 1), one uniform per coordinate.
 * - ℓ2: ε u^{1/L} n/‖n‖ for ball b of length L, with normals b·L … of that stream and element b of the
 *   uniforms of `attack/A/restart/R/radius`.
 */
export function randomStart(
  attack: NativeGradientAttack,
  shape: PatchShape,
  restart: number,
  key: AttackKey,
): Float64Array {
  const { seed, item, round } = key
  const stream = `attack/${key.attackIndex}/restart/${restart}`
  const { inputSize } = shape

  if (attack.norm === 'linf') {
    return uniform(seed, stream, item, inputSize, round).map((u) => attack.radius * (2 * u - 1))
  }
  const length = ballLength(attack.budget, shape)
  const balls = inputSize / length
  const start = normal(seed, stream, item, inputSize, round)
  const radii = uniform(seed, `${stream}/radius`, item, balls, round)
  for (let b = 0; b < balls; b++) {
    const ball = start.subarray(b * length, (b + 1) * length)
    const size = norm('l2', ball)
    for (let i = 0; i < length; i++) ball[i] = (attack.radius * radii[b]! ** (1 / length) * ball[i]!) / size
  }
  return start
}
