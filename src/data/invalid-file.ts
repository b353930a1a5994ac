import { RobustFeaturesError } from '../native/errors.js'

/** The error for a file whose bytes are not what its format or its data set wants. */
export function invalidFile(
  name: string,
  expected: string,
  found: string,
  options?: ErrorOptions,
): RobustFeaturesError {
  return new RobustFeaturesError(
    'INVALID_FILE',
    `Expected ${name} to hold ${expected}, got ${found}.`,
    options,
  )
}
