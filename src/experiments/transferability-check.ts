import { z } from 'zod'
import { FEATURE_KINDS } from '../features/feature-options.js'
import { nonNegativeNumber, parseOptions } from '../native/validation.js'
import type { TransferabilityPreset } from './transferability-presets.js'

const settings = {
  radiusShares: z
    .array(nonNegativeNumber)
    .refine((shares) => shares.includes(1), { error: 'an array of shares of ε with 1 among them' }),
}

const schema = z.looseObject({
  structured: z.looseObject(settings),
  images: z.array(
    z.looseObject({
      ...settings,
      sets: z.looseObject({
        kinds: z
          .array(z.enum(FEATURE_KINDS))
          .refine((kinds) => kinds.includes('robust') && kinds.includes('non-robust'), {
            error: "an array with 'robust' and 'non-robust' in it",
          }),
      }),
    }),
  ),
})

/**
 * Refuses what the verdicts could not do without: examples of radius ε, and networks on robust and on non-robust images.
 * To be asked first, for it would show only after all trainings.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function requireTransferable(preset: TransferabilityPreset): void {
  parseOptions(schema, preset, 'preset')
}
