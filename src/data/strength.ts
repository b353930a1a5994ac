import { z } from 'zod'
import { nonNegativeNumber, unlessObject } from '../native/validation.js'

/** A strength of features: one value for all patches, or uniform on [low, high) patch by patch. */
export type Strength =
  | number
  | {
      /** At least 0. */
      readonly low: number
      /** At least `low`. */
      readonly high: number
    }

/** A non-negative number, or `{ low, high }` with 0 ≤ low ≤ high. */
export const strengthSchema = z.union(
  [
    nonNegativeNumber,
    z
      .strictObject({ low: nonNegativeNumber, high: nonNegativeNumber })
      .refine(({ low, high }) => low <= high, { error: 'at least as large as `low`', path: ['high'] }),
  ],
  { error: unlessObject('a non-negative number or `{ low, high }`') },
)

/** The ends of a strength's range. */
export function strengthRange(strength: Strength): { low: number; high: number } {
  return typeof strength === 'number'
    ? { low: strength, high: strength }
    : { low: strength.low, high: strength.high }
}
