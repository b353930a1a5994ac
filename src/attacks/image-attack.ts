import type { ImageData } from '../data/image-data.js'
import type { Samples } from '../data/samples.js'
import { RobustFeaturesError } from '../native/errors.js'
import { type Attack, type EngineAttack, isEngineAttack } from './attack.js'
import { threatModelName } from './threat-model.js'

/**
 * An attack as a layered network meets it: one ball for the image, whichever budget it states, and pixels in [0, 1]
 * where it states no bounds.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for what the engine has not for images: attacks that know features,
 *   surrogate slopes, the space of a filter's coefficients, other bounds than [0, 1]
 */
export function imageAttack(attack: EngineAttack): EngineAttack
export function imageAttack<Data extends Samples = ImageData>(attack: Attack<Data>): Attack<Data>
export function imageAttack<Data extends Samples>(attack: Attack<Data>): Attack<Data> {
  const { bounds = [0, 1], name } = attack
  const [lower, upper] = bounds
  if (lower !== 0 || upper !== 1) throw refuse(name, 'bounds [0, 1] or none', `[${bounds}]`)
  const threat = { budget: 'input', bounds } as const
  if (!isEngineAttack(attack)) {
    const { norm, radius } = attack
    return { name, norm, radius, ...threat, perturb: (...parameters) => attack.perturb(...parameters) }
  }
  const { native } = attack
  if (native.kind !== 'gradientAscent') throw refuse(name, 'kind pgd or oneStep', 'feature-aligned')
  if (native.surrogateSlope !== 0) throw refuse(name, '`surrogateSlope` 0', String(native.surrogateSlope))
  if (native.space === 'gram') throw refuse(name, "`space` 'auto' or 'direct'", "'gram'")
  return {
    ...attack,
    ...threat,
    name: name.replace(threatModelName(attack), threatModelName({ ...attack, ...threat })),
    native: { ...native, budget: 'input', lower, upper },
  }
}

function refuse(name: string, expected: string, found: string): RobustFeaturesError {
  return new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected attack ${name} on a layered network to have ${expected}, got ${found}.`,
  )
}
