import type { ThreatModel } from './attack.js'

/** Numbers of an input and, where inputs are made of them, of a patch. */
export interface InputSizes {
  readonly inputSize: number
  readonly dimension?: number
}

/**
 * What to say of a radius that reaches from one corner of the box to the opposite one, most likely for it was meant in
 * levels of 255; undefined for others, and where no box is known.
 *
 * The box of the n numbers that share a ball, a patch's or an input's, has an ℓ2 diameter of √n sides.
 */
export function radiusWarning(
  { norm, radius, budget, bounds }: Omit<ThreatModel, 'budget'> & Partial<Pick<ThreatModel, 'budget'>>,
  { inputSize, dimension = inputSize }: InputSizes,
): string | undefined {
  if (bounds === undefined) return undefined
  const [lower, upper] = bounds
  const diameter =
    (upper - lower) * (norm === 'linf' ? 1 : Math.sqrt(budget === 'patch' ? dimension : inputSize))
  if (radius <= diameter) return undefined
  const levels =
    upper - lower === 1
      ? ` A radius of ${radius} levels of 255 is ${radius}/255 = ${(radius / 255).toPrecision(3)}.`
      : ''
  return `Radius ${radius} (${norm}) turns any input into any other, for inputs lie in [${lower}, ${upper}].${levels}`
}
