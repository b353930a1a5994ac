import { z } from 'zod'
import { threatModelShape } from '../attacks/threat-model.js'
import { PatchData } from '../data/patch-data.js'
import { PatchNetwork } from '../model/patch-network.js'
import { nativeAddon } from '../native/addon.js'
import type { Budget, Norm } from '../native/contract.js'
import { RobustFeaturesError } from '../native/errors.js'
import { type ExecutionOptions, execute, executionShape } from '../native/execution.js'
import { requireInstance } from '../native/instances.js'
import { nonNegativeInteger, parseOptions, unlessObject } from '../native/validation.js'

/** Where a larger effort added little on the default preset; a sample proved on the way costs less. */
export const DEFAULT_EFFORT = 30_000

const { norm, radius, budget } = threatModelShape
const effort = nonNegativeInteger(1e9)
const optionsSchema = z.strictObject({
  norm,
  radius,
  budget,
  effort: effort.default(DEFAULT_EFFORT),
  ...executionShape,
})

/** Whether an evaluation certifies too, and with which effort. */
export const certifySchema = z.union([z.boolean(), z.strictObject({ effort })], {
  error: unlessObject('true, false or `{ effort }`'),
})

export interface CertifyOptions extends ExecutionOptions {
  /** Norm of the ball (default `l2`). */
  readonly norm?: Norm | undefined
  /** ε ≥ 0, in input space. */
  readonly radius: number
  /** `patch` (default): every patch has a ball of its own; `input`: one ball for the whole input. */
  readonly budget?: Budget | undefined
  /** Bounds computed per sample and wrong class beyond the first round over its patches (default 30000). More never proves less. */
  readonly effort?: number | undefined
}

/** A proven lower bound on robust accuracy: no perturbation of the ball breaks a certified sample. */
export interface Certificate {
  /** Share of certified samples; 0 for no samples. */
  readonly certifiedAccuracy: number
  /** Proven lower bound per sample of the worst margin F_y − max_{j≠y} F_j; −Infinity where nothing was proven. */
  readonly margin: Float64Array
  /** 1 where the bound is positive. */
  readonly certified: Uint8Array
}

/**
 * Certifies samples against every perturbation of a ball: min_{j≠y} of a lower bound of F_y − F_j by quadratic
 * relaxations of the activations, cut into parts where that loses (docs/certificate.md has the proof). It speaks of
 * the network in real arithmetic with the stored weights and inputs; its own rounding is accounted for. A sample whose
 * bound turns positive is left there, so `margin` is loose where it is positive. Results do not depend on threads.
 *
 * @param network whose decisions are certified
 * @param data of its dimension, with patches that do not overlap
 * @param options norm (default `l2`), radius, budget (default `patch`), effort (default 30000)
 * @throws RobustFeaturesError `INVALID_ARGUMENT`, also for overlapping patches; `UNKNOWN_OPTION`; `ABORTED`
 */
export async function certify(
  network: PatchNetwork,
  data: PatchData,
  options: CertifyOptions,
): Promise<Certificate> {
  requireInstance(network, PatchNetwork, 'network')
  requireInstance(data, PatchData, 'data')
  const { norm, radius, budget, effort, ...execution } = parseOptions(optionsSchema, options, 'options')
  if (data.overlapping) {
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      'Expected `data` to have patches apart, got overlapping ones, whose perturbations are not independent.',
    )
  }
  const { margin } = await execute(execution, (native) =>
    nativeAddon().certify(network.native, data.native, { ...native, norm, radius, budget, effort }),
  )
  const certified = Uint8Array.from(margin, (value) => (value > 0 ? 1 : 0))
  const count = certified.reduce((sum, flag) => sum + flag, 0)
  return { certifiedAccuracy: margin.length === 0 ? 0 : count / margin.length, margin, certified }
}
