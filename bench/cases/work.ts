import type { Case } from './cases.js'

/**
 * Floating-point operations, in 10⁹, of the matrix products that a step cannot avoid. With z = 2·N·P·d·km of one product
 * of the data and the filters: `forward` z, a standard step 2 z, K ascent steps on the inputs (2 K + 2) z; on
 * coefficients of the filters, for ℓ2, 2 z + (K + 1)·2·N·P·(km)². The cheaper one counts.
 */
export function unavoidableGflop({ shape, step }: Case): number {
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

/** The same for an implementation that attacks the inputs themselves, as the oracle does. */
export function directGflop(benchmark: Case): number {
  const { shape, step } = benchmark
  const linf = step.attack && { ...step, attack: { ...step.attack, norm: 'linf' as const } }
  return unavoidableGflop({ ...benchmark, shape, step: linf ?? step })
}
