import { z } from 'zod'
import type { Samples } from '../data/samples.js'
import { parseOptions } from '../native/validation.js'
import type { Attack, CustomAttack, EngineAttack } from './attack.js'
import { threatModelShape } from './threat-model.js'

const customSchema = z.object({
  name: z.string(),
  norm: threatModelShape.norm.unwrap(),
  radius: threatModelShape.radius,
  budget: threatModelShape.budget.unwrap(),
  bounds: threatModelShape.bounds,
  perturb: z.custom<CustomAttack['perturb']>((value) => typeof value === 'function', {
    error: 'a function of network, data and options',
  }),
})

/** An attack of `pgd`, `oneStep` or `featureAligned`. */
export const engineAttackSchema = z.custom<EngineAttack>(
  (value) => {
    const { name, native } = Object(value) as Partial<EngineAttack>
    return typeof name === 'string' && ['gradientAscent', 'featureAligned'].includes(native?.kind ?? '')
  },
  {
    error: ({ input }) =>
      typeof Object(input).perturb === 'function'
        ? 'made by pgd, oneStep or featureAligned (attacks of your own are for evaluation alone)'
        : 'made by pgd, oneStep or featureAligned',
  },
)

/** The same, of which JSON has left out no bounds and no features. */
export const intactAttackSchema = engineAttackSchema.refine(
  (attack) =>
    Object.values(Object(attack?.native)).every(
      (value) => typeof value !== 'object' || ArrayBuffer.isView(value),
    ),
  { error: 'as pgd, oneStep or featureAligned made it, which JSON does not keep' },
)

const attacksSchema = z.object({
  attacks: z
    .array(z.union([engineAttackSchema, customSchema]))
    .min(1, { error: 'a list of at least one attack' }),
})

/**
 * Checks a list of attacks, custom ones with their whole threat model, and returns it as it is.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function requireAttacks<Data extends Samples>(attacks: unknown): readonly Attack<Data>[] {
  parseOptions(attacksSchema, { attacks }, 'options')
  return attacks as readonly Attack<Data>[]
}
