import { evaluateRobustness, type Robustness } from '../analysis/evaluate-robustness.js'
import type { PatchData } from '../data/patch-data.js'
import type { PatchDistribution } from '../data/patch-distribution.js'
import type { PatchNetwork } from '../model/patch-network.js'
import type { ExperimentContext } from './experiment.js'
import { attacksAt } from './structured-data.js'
import type { StructuredDataPreset } from './structured-data-presets.js'

/** Radii of a curve as shares of ε. */
const SHARES = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2]

/** The radii at which `accuracyCurve` measures. */
export function curveRadii({ radius }: StructuredDataPreset): number[] {
  return SHARES.map((share) => share * radius)
}

/** What is attacked. */
export interface CurveSubject {
  readonly distribution: PatchDistribution
  readonly test: PatchData
  readonly trained: { readonly network: PatchNetwork }
  /** Measured at ε: what fell there counts as fallen in every larger ball. */
  readonly robustness: Robustness
}

/**
 * Attacked accuracy at `curveRadii`: the preset's suite with one restart. A sample that fell at a radius is not tried
 * at larger ones, whose balls hold the same perturbation, so the curve never rises.
 */
export async function accuracyCurve(
  { preset, threads, signal }: Pick<ExperimentContext<StructuredDataPreset>, 'preset' | 'threads' | 'signal'>,
  { distribution, test, trained, robustness }: CurveSubject,
  seed: number,
): Promise<number[]> {
  const single = { ...preset, suite: { ...preset.suite, restarts: 1 } }
  let standing = Array.from({ length: test.samples }, (_, n) => n)
  const curve: number[] = []
  for (const radius of curveRadii(preset)) {
    if (radius >= preset.radius) standing = standing.filter((n) => robustness.robust[n] === 1)
    if (standing.length > 0) {
      const attacks = attacksAt(distribution, single, radius)
      const { robust } = await evaluateRobustness(trained.network, test.select(standing), {
        attacks,
        seed,
        threads,
        signal,
      })
      standing = standing.filter((_, position) => robust[position] === 1)
    }
    curve.push(standing.length / test.samples)
  }
  return curve
}
