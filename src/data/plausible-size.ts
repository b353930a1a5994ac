/** Real arrays shrink less; a file that expands more than a hundredfold was made to fill memory. */
const MAXIMUM_EXPANSION = 100
const ALWAYS_ALLOWED_BYTES = 2 ** 24

/** How many bytes a file of `packedBytes` may unpack to: a hundred times as many, or 16 MiB, but at most `maximumBytes`. */
export function plausibleSize(packedBytes: number, maximumBytes: number): number {
  return Math.min(maximumBytes, Math.max(ALWAYS_ALLOWED_BYTES, MAXIMUM_EXPANSION * packedBytes))
}
