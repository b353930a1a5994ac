import type { Samples } from '../data/samples.js'
import { RobustFeaturesError } from '../native/errors.js'
import { type Attack, type EngineAttack, isEngineAttack, type ThreatModel } from './attack.js'

const UNBOUNDED = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const

/**
 * The threat model of attacks that are judged together.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` when they differ in it
 */
export function sharedThreatModel<Data extends Samples>(attacks: readonly Attack<Data>[]): ThreatModel {
  const describe = ({ norm, radius, budget, bounds }: ThreatModel) =>
    JSON.stringify([norm, radius, budget, bounds])
  const [first, ...others] = attacks
  const other = others.find((attack) => first !== undefined && describe(attack) !== describe(first))
  if (first === undefined || other !== undefined) {
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      `Expected \`attacks\` to share norm, radius, budget and bounds, got ${first?.name} and ${other?.name}.`,
    )
  }
  const { norm, radius, budget, bounds } = first
  return bounds === undefined ? { norm, radius, budget } : { norm, radius, budget, bounds }
}

/**
 * Checks that the engine gets the threat model that each attack states: an object spread can change the one without the
 * other.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function requireAsMade<Data extends Samples>(attacks: readonly Attack<Data>[]): void {
  const changed = attacks.find((attack) => isEngineAttack(attack) && !keepsItsThreatModel(attack))
  if (changed === undefined) return
  throw new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected ${changed.name} to be as it was made, got one whose norm, radius, budget or bounds were changed.`,
  )
}

function keepsItsThreatModel({ native, norm, radius, budget, bounds = UNBOUNDED }: EngineAttack): boolean {
  const [lower, upper] = 'lower' in native ? [native.lower, native.upper] : UNBOUNDED
  return (
    native.norm === norm &&
    native.radius === radius &&
    native.budget === budget &&
    lower === bounds[0] &&
    upper === bounds[1]
  )
}
