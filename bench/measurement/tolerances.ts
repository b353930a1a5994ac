import { type Benchmark, isImageCase } from '../cases/benchmark.js'

const STANDARD_OF_IMAGES: Tolerance = { losses: 1e-4, parameters: 1e-2 }
const SIGNS_OF_IMAGES: Tolerance = { losses: 3e-3, parameters: 0.15 }

/** Relative differences that a right contender may have. */
export interface Tolerance {
  /** Of every loss. */
  readonly losses: number
  /** Of the trained parameters: the norm of the difference over that of the way from the initial ones. */
  readonly parameters?: number
}

/**
 * Of float32 after a few updates. Rounding turns the sign of gradients next to zero, and a sign step then goes the other
 * way: frameworks in float32 were up to 4e-4 in the losses and 0.04 in the parameters from float64 after four steps of
 * PGD-7, and from each other, 3e-7 and 1e-3 after standard ones.
 */
export function toleranceOf(benchmark: Benchmark): Tolerance {
  const signs = benchmark.step.attack?.norm === 'linf'
  if (isImageCase(benchmark)) return signs ? SIGNS_OF_IMAGES : STANDARD_OF_IMAGES
  return { losses: signs ? 1e-3 : 1e-4 }
}
