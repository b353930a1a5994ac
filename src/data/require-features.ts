import { describeValue } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'
import { type Features, innerProduct } from './features.js'

/** Of lengths and inner products: rows that were made orthonormal in float32 pass. */
const TOLERANCE = 1e-5
const ROUNDS = 3

/**
 * Checks features, of a `PatchDistribution` or an object like it: k × d matrices whose 2k rows together are orthonormal,
 * to 10⁻⁵. Steps along others would leave the ball that an attack states.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function requireFeatures(value: unknown, name: string): void {
  const { classes, dimension, robustFeatures, nonRobustFeatures } = Object(value) as Record<string, unknown>
  for (const [member, features] of Object.entries({ robustFeatures, nonRobustFeatures })) {
    if (features === undefined)
      throw wrong(name, 'have robustFeatures and nonRobustFeatures, such as a PatchDistribution', value)
    if (!(features instanceof Float64Array)) throw wrong(`${name}.${member}`, 'be a Float64Array', features)
  }
  const features = value as Features
  if (!Number.isInteger(classes) || features.classes < 1)
    throw wrong(`${name}.classes`, 'be an integer of at least 1', classes)
  if (!Number.isInteger(dimension) || features.dimension < 2 * features.classes)
    throw wrong(
      `${name}.dimension`,
      `be an integer of at least ${2 * features.classes}, twice \`classes\``,
      dimension,
    )
  requireOrthonormal(features, name)
}

function requireOrthonormal(features: Features, name: string): void {
  const { classes, dimension } = features
  const rows: Float64Array[] = []
  for (const member of ['robustFeatures', 'nonRobustFeatures'] as const) {
    const matrix = features[member]
    if (matrix.length !== classes * dimension)
      throw wrong(`${name}.${member}`, `have ${classes * dimension} elements, classes × dimension`, matrix)
    for (let i = 0; i < classes; i++) {
      const row = matrix.subarray(i * dimension, (i + 1) * dimension)
      const length = Math.sqrt(innerProduct(row, row))
      if (!(Math.abs(length - 1) <= TOLERANCE))
        throw orthonormalityError(name, `row ${i} of ${member} of length ${Number(length.toPrecision(6))}`)
      rows.push(row)
    }
  }
  for (let round = 0; round < ROUNDS; round++)
    if (!isOrthogonal(rows, dimension, round)) throw orthonormalityError(name, 'rows at other angles')
}

/** Whether V Vᵀ x is x for a vector of signs: for others than orthonormal rows V one of a few tells, without k² products. */
function isOrthogonal(rows: readonly Float64Array[], dimension: number, round: number): boolean {
  const signs = rows.map((_, i) => signOf(i, round))
  const sum = new Float64Array(dimension)
  for (const [i, row] of rows.entries()) {
    const sign = signs[i] ?? 0
    for (let e = 0; e < dimension; e++) sum[e] = (sum[e] ?? 0) + sign * (row[e] ?? 0)
  }
  return rows.every((row, i) => Math.abs(innerProduct(row, sum) - (signs[i] ?? 0)) <= TOLERANCE)
}

/** ±1, by the bits of a hash. */
function signOf(index: number, round: number): number {
  let bits = Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(round + 1, 0x85ebca6b)
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d)
  return (bits ^ (bits >>> 12)) & 0x400 ? 1 : -1
}

function wrong(name: string, expected: string, found: unknown): RobustFeaturesError {
  const message = `Expected \`${name}\` to ${expected}, got ${describeValue(found)}.`
  return new RobustFeaturesError('INVALID_ARGUMENT', message)
}

function orthonormalityError(name: string, found: string): RobustFeaturesError {
  return new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected \`${name}\` to be orthonormal, rows of length 1 at right angles to each other, got ${found}.`,
  )
}
