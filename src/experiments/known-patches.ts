import type { PatchDistributionOptions } from '../data/patch-distribution.js'
import { describeValue } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'

/** What the experiments rely on that exchange patches between samples, or show a network what another one finds. */
const RELIED_ON = { positions: 'fixed', features: 'axis' } as const

/**
 * Refuses distributions whose robust patches do not come first in every sample, or whose features are others for every
 * seed.
 *
 * @param name of the options in the preset
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function requireKnownPatches(
  distribution: Pick<PatchDistributionOptions, keyof typeof RELIED_ON>,
  name: string,
): void {
  for (const [option, wanted] of Object.entries(RELIED_ON)) {
    const given = distribution[option as keyof typeof RELIED_ON] ?? wanted
    if (given !== wanted)
      throw new RobustFeaturesError(
        'INVALID_ARGUMENT',
        `Expected '${wanted}' for \`${name}.${option}\` in this experiment, got ${describeValue(given)}.`,
      )
  }
}
