/** What one attack did, all arrays by sample. */
export interface AttackOutcome {
  /** The attack's. */
  readonly name: string
  /** Share of samples still classified correctly. */
  readonly accuracy: number
  /** F_y − max_{j≠y} F_j under the attack. */
  readonly margin: Float64Array
  /** Cross-entropy under the attack. */
  readonly loss: Float64Array
  /** Largest norm of the sample's perturbation over its balls; at most the radius. */
  readonly norm: Float64Array
  /** 1 where every gradient the attack met was exactly zero: it was blind there. All 0 for attacks without gradients. */
  readonly vanishedGradient: Uint8Array
}
