import { RobustFeaturesError } from './errors.js'

/** The most numbers that are drawn at once, 2 GiB of float64; the addon's own limit. */
const MOST_NUMBERS = 2 ** 28

/**
 * Refuses sizes whose product is more than one array may have, before anything is allocated.
 *
 * @param product the sizes as a caller knows them, such as "`classes` · `dimension`"
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function requireSize(product: string, count: number): void {
  if (count <= MOST_NUMBERS) return
  throw new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected ${product} to be at most ${MOST_NUMBERS}, got ${count}.`,
  )
}
