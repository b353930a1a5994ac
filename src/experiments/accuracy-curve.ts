import { certify } from '../analysis/certify.js'
import { evaluateRobustness, type Robustness } from '../analysis/evaluate-robustness.js'
import type { PatchData } from '../data/patch-data.js'
import type { PatchDistribution } from '../data/patch-distribution.js'
import type { PatchNetwork } from '../model/patch-network.js'
import type { ExperimentContext } from './experiment.js'
import { measuredOnce } from './measured-once.js'
import { attacksAt } from './structured-data.js'
import type { StructuredDataPreset } from './structured-data-presets.js'

/** Radii of a curve as shares of ε. */
const SHARES = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 2]

/** Position of ε itself. */
export const AT_RADIUS = SHARES.indexOf(1)

/** The radii at which `accuracyCurve` measures. */
export function curveRadii({ radius }: StructuredDataPreset): number[] {
  return SHARES.map((share) => share * radius)
}

/** Shares of the test samples at one radius; the true robust accuracy lies between the two. */
export interface AccuracyBracket {
  readonly attacked: number
  readonly certified: number
}

/** What is attacked. */
export interface CurveSubject {
  readonly distribution: PatchDistribution
  readonly test: PatchData
  readonly trained: { readonly network: PatchNetwork }
  /** Measured at ε: what fell there counts as fallen in every larger ball. */
  readonly robustness: Robustness
}

/** A result with its curve; what fell at a smaller radius counts as fallen at ε, and lowers its robust accuracy. */
export async function withCurve<
  Result extends CurveSubject & { readonly seed: number; readonly where: string },
>(
  context: Parameters<typeof accuracyCurve>[0] & Pick<ExperimentContext<object>, 'directory'>,
  result: Result,
): Promise<Result & { readonly curve: readonly AccuracyBracket[] }> {
  const { value: curve } = await measuredOnce(context, `${result.where}/curve`, () =>
    accuracyCurve(context, result, result.seed),
  )
  const robustAccuracy = curve[AT_RADIUS]?.attacked ?? 0
  return { ...result, curve, robustness: { ...result.robustness, robustAccuracy } }
}

/**
 * Attacked and certified accuracy at `curveRadii`: the preset's suite with one restart, and a certificate for what
 * withstands it. A sample that fell at a radius is not tried at larger ones, whose balls hold the same perturbation, so
 * the attacked curve never rises.
 */
export async function accuracyCurve(
  { preset, threads, signal }: Pick<ExperimentContext<StructuredDataPreset>, 'preset' | 'threads' | 'signal'>,
  { distribution, test, trained, robustness }: CurveSubject,
  seed: number,
): Promise<AccuracyBracket[]> {
  const execution = { threads, signal }
  const single = { ...preset, suite: { ...preset.suite, restarts: 1 } }
  let standing = Array.from({ length: test.samples }, (_, n) => n)
  const curve: AccuracyBracket[] = []
  for (const radius of curveRadii(preset)) {
    if (radius >= preset.radius) standing = standing.filter((n) => robustness.robust[n] === 1)
    if (standing.length > 0) {
      const attacks = attacksAt(distribution, single, radius)
      const { robust } = await evaluateRobustness(trained.network, test.select(standing), {
        attacks,
        seed,
        ...execution,
      })
      standing = standing.filter((_, position) => robust[position] === 1)
    }
    const { certified } = await certify(trained.network, test.select(standing), { radius, ...execution })
    const proven = certified.reduce((sum, flag) => sum + flag, 0)
    curve.push({ attacked: standing.length / test.samples, certified: proven / test.samples })
  }
  return curve
}
