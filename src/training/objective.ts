import { z } from 'zod'
import type { EngineAttack } from '../attacks/attack.js'
import { intactAttackSchema } from '../attacks/attack-schema.js'
import type { NativeAttack } from '../native/contract.js'
import { fraction, parseOptions } from '../native/validation.js'

/** What training minimises. */
export type Objective =
  | {
      /** Made by `standard`. */
      readonly kind: 'standard'
    }
  | {
      /** Made by `adversarial`. */
      readonly kind: 'adversarial'
      /** The worst of these per sample. */
      readonly attacks: readonly EngineAttack[]
      /** λ of λ · clean + (1 − λ) · adversarial loss. */
      readonly cleanWeight: number
    }

/** The empirical risk of the samples as they are. */
export function standard(): Objective {
  return { kind: 'standard' }
}

/**
 * The risk on perturbed samples, min_w mean of λ ℓ(X) + (1 − λ) max_a ℓ(X + Δ_a): at every iteration each attack
 * perturbs each sample, and the perturbation with the largest cross-entropy counts.
 *
 * @param attacks one or several made by `pgd`, `oneStep`, `featureAligned`
 * @param options `cleanWeight` λ in [0, 1], default 0
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function adversarial(
  attacks: EngineAttack | readonly EngineAttack[],
  options: { cleanWeight?: number | undefined } = {},
): Objective {
  const list = parseOptions(
    z.object({ attacks: z.array(intactAttackSchema).min(1, { error: 'a list of at least one attack' }) }),
    { attacks: Array.isArray(attacks) ? attacks : [attacks] },
    'adversarial',
  ).attacks
  const { cleanWeight } = parseOptions(
    z.strictObject({ cleanWeight: fraction.default(0) }),
    options,
    'adversarial',
    'options',
  )
  return { kind: 'adversarial', attacks: list, cleanWeight }
}

/** An objective as `train` takes it. */
export const objectiveSchema: z.ZodType<Objective, Objective> = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ kind: z.literal('standard') }),
    z.strictObject({
      kind: z.literal('adversarial'),
      attacks: z.array(intactAttackSchema).min(1, { error: 'a list of at least one attack' }),
      cleanWeight: fraction,
    }),
  ],
  { error: 'made by `standard()` or `adversarial(…)`' },
)

/** What a native trainer takes of an objective. */
export function objectiveAttacks(objective: Objective): { attacks: NativeAttack[]; cleanWeight: number } {
  if (objective.kind === 'standard') return { attacks: [], cleanWeight: 0 }
  return { attacks: objective.attacks.map(({ native }) => native), cleanWeight: objective.cleanWeight }
}
