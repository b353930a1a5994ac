import { type Benchmark, isImageCase } from './benchmark.js'
import type { Case } from './cases.js'
import { imageGflop } from './image-work.js'

/**
 * Floating-point operations, in 10⁹, of the matrix products that a step cannot avoid. With z = 2·N·P·d·km of one product
 * of the data and the filters: `forward` z, a standard step 2 z, K ascent steps on the inputs (2 K + 2) z; on
 * coefficients of the filters, for ℓ2, 2 z + (K + 1)·2·N·P·(km)². The cheaper one counts.
 */
export function unavoidableGflop(benchmark: Benchmark | Pick<Case, 'shape' | 'step'>): number {
  if ('network' in benchmark) return imageGflop(benchmark)
  const { shape, step } = benchmark
  const filters = shape.classes * shape.filtersPerClass
  const rows = shape.samples * shape.patches
  const product = (2 * rows * shape.dimension * filters) / 1e9
  if (!step.updates) return product
  if (step.attack === undefined) return 2 * product
  const { steps, norm } = step.attack
  const direct = (2 * steps + 2) * product
  const gram = 2 * product + ((steps + 1) * 2 * rows * filters * filters) / 1e9
  return norm === 'l2' ? Math.min(direct, gram) : direct
}

/** Nanoseconds of a thread for a pass over a number: of a pre-activation, and of an input under direct ascent. */
const PASS = { preactivation: 1, input: 0.5 }

/**
 * Seconds that robust-features should take, at the sgemm peak of its threads:
 * t = products / peak + (1 ns · N·P·km · passes + 0.5 ns · N·P·d · K if direct) / threads,
 * where a forward pass and a gradient are one pass, an ascent step on the inputs one more and a step on coefficients two.
 */
export function predictedSeconds(
  benchmark: Pick<Case, 'shape' | 'step'>,
  peakGflops: number,
  threads: number,
): number {
  const { shape, step } = benchmark
  const rows = shape.samples * shape.patches
  const ascents = step.attack?.steps ?? 0
  const direct = unavoidableGflop(benchmark) === directGflop(benchmark)
  const passes =
    rows * shape.classes * shape.filtersPerClass * PASS.preactivation * (1 + (direct ? 1 : 2) * ascents) +
    (direct ? rows * shape.dimension * PASS.input * ascents : 0)
  return unavoidableGflop(benchmark) / peakGflops + (passes * 1e-9) / threads
}

/** 10⁹ operations by which the rates of plain implementations are known. */
export function plainGflop(benchmark: Benchmark): number {
  return isImageCase(benchmark) ? imageGflop(benchmark) : directGflop(benchmark)
}

/** {@link unavoidableGflop} of an implementation that attacks the inputs themselves, as the oracle does. */
export function directGflop(benchmark: Pick<Case, 'shape' | 'step'>): number {
  const { shape, step } = benchmark
  const linf = step.attack && { ...step, attack: { ...step.attack, norm: 'linf' as const } }
  return unavoidableGflop({ ...benchmark, shape, step: linf ?? step })
}
