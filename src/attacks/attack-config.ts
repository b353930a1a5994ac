import { z } from 'zod'
import type { Features } from '../data/features.js'
import { RobustFeaturesError } from '../native/errors.js'
import type { EngineAttack } from './attack.js'
import { featureAligned, featureAlignedShape } from './feature-aligned.js'
import { oneStep, oneStepShape, pgd, pgdShape } from './gradient-ascent.js'

/** An attack as written in a configuration file: its kind and options. */
export const attackConfigSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('pgd'), ...pgdShape }),
  z.strictObject({ kind: z.literal('oneStep'), ...oneStepShape }),
  z.strictObject({ kind: z.literal('featureAligned'), ...featureAlignedShape }),
])

export type AttackConfig = z.input<typeof attackConfigSchema>

/**
 * The attack a configuration describes.
 *
 * @param features of the data, which `featureAligned` needs
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function attackFromConfig(config: AttackConfig, features: Features | undefined): EngineAttack {
  const { kind, ...options } = config
  if (kind === 'pgd') return pgd(options)
  if (kind === 'oneStep') return oneStep(options)
  if (features === undefined) {
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      "Expected attack kind to be 'pgd' or 'oneStep' on data whose features are unknown, got 'featureAligned'.",
    )
  }
  return featureAligned(features, options as z.input<z.ZodObject<typeof featureAlignedShape>>)
}
