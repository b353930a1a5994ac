import type { Case } from './cases.js'
import { directGflop } from './work.js'

/** About what the oracle does in three seconds. */
const ORACLE_GFLOP = 0.4
const FEWEST_SAMPLES = 8

/** The case with as many of its samples as the oracle can take `steps` steps on in a few seconds. */
export function reducedCase(benchmark: Case, steps: number): Case {
  const { samples } = benchmark.shape
  const affordable = Math.floor((samples * ORACLE_GFLOP) / (directGflop(benchmark) * steps))
  if (affordable >= samples) return benchmark
  return { ...benchmark, shape: { ...benchmark.shape, samples: Math.max(FEWEST_SAMPLES, affordable) } }
}
