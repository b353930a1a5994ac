import type { ThreatModel } from './attack.js'

/**
 * What to say of a radius that reaches from one corner of the box to the opposite one, most likely for it was meant in
 * levels of 255; undefined for others, and where no box is known.
 *
 * @param ballSize numbers that share a ball, a patch's or an input's; their box has an ℓ2 diameter of √ballSize sides
 */
export function radiusWarning(
  { norm, radius, bounds }: Pick<ThreatModel, 'norm' | 'radius' | 'bounds'>,
  ballSize: number,
): string | undefined {
  if (bounds === undefined) return undefined
  const [lower, upper] = bounds
  const diameter = (upper - lower) * (norm === 'linf' ? 1 : Math.sqrt(ballSize))
  if (radius <= diameter) return undefined
  const levels =
    upper - lower === 1
      ? ` A radius of ${radius} levels of 255 is ${radius}/255 = ${(radius / 255).toPrecision(3)}.`
      : ''
  return `Radius ${radius} (${norm}) turns any input into any other, for inputs lie in [${lower}, ${upper}].${levels}`
}
