import { type Case, caseOf, type Shape, steps } from './cases.js'

/** Z alone would be 512 MB here, the data are 655 MB. */
const shape: Shape = {
  name: 'memory',
  samples: 20_000,
  patches: 64,
  dimension: 128,
  classes: 10,
  filtersPerClass: 10,
}

/** The training steps whose memory is measured, one after the other on the same data. */
export const memoryCases: readonly Case[] = steps
  .filter(({ updates }) => updates)
  .map((step) => caseOf(step, shape))

export const memoryShape = shape
export const MEMORY_THREADS = 2
export const MEMORY_LIMIT_BYTES = 64 * 2 ** 20
