/** Trained parameters to compare with, and those that training began at. */
export interface ParameterCheck {
  readonly initial: Float32Array
  readonly trained: Float32Array
}

/** ‖θ − θ_right‖ / ‖θ_right − θ₀‖; infinite where there are none, not as many, or not finite ones. */
export function parameterDifference(
  { initial, trained }: ParameterCheck,
  encoded: string | undefined,
): number {
  const found = decode(encoded ?? '')
  if (found.length !== trained.length) return Number.POSITIVE_INFINITY
  const difference = distance(found, trained) / distance(trained, initial)
  return Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference
}

function distance(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...a.map((value, i) => value - (b[i] ?? Number.NaN)))
}

/** Float32 in base64, as contenders answer it, in a buffer of its own, which starts at 0 as typed arrays need it. */
export function decode(encoded: string): Float32Array {
  return new Float32Array(Uint8Array.from(Buffer.from(encoded, 'base64')).buffer)
}
