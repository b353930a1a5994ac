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
export function curveRadii({ radius }: { readonly radius: number }): number[] {
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
 * withstands it.
 */
export async function accuracyCurve(
  { preset, threads, signal }: Pick<ExperimentContext<StructuredDataPreset>, 'preset' | 'threads' | 'signal'>,
  { distribution, test, trained, robustness }: CurveSubject,
  seed: number,
): Promise<AccuracyBracket[]> {
  const execution = { threads, signal }
  const single = { ...preset, suite: { ...preset.suite, restarts: 1 } }
  const attacked = async (radius: number, standing: readonly number[]) => {
    const attacks = attacksAt(distribution, single, radius)
    const options = { attacks, seed, ...execution }
    return (await evaluateRobustness(trained.network, test.select(standing), options)).robust
  }
  const curve: AccuracyBracket[] = []
  for await (const { radius, standing } of survivors(preset.radius, robustness.robust, attacked)) {
    const { certified } = await certify(trained.network, test.select(standing), { radius, ...execution })
    const proven = certified.reduce((sum, flag) => sum + flag, 0)
    curve.push({ attacked: standing.length / test.samples, certified: proven / test.samples })
  }
  return curve
}

/**
 * Positions of the samples that stand at each of `curveRadii` in turn. A sample that fell at a radius is not tried at
 * larger ones, whose balls hold the same perturbation, so their number never rises.
 *
 * @param robust 1 for samples that stood at ε; the others count as fallen from there on
 * @param attacked gives 1 for those of the samples at these positions that withstand a radius
 */
export async function* survivors(
  radius: number,
  robust: Uint8Array,
  attacked: (radius: number, standing: readonly number[]) => Promise<Uint8Array>,
): AsyncGenerator<{ radius: number; standing: readonly number[] }> {
  let standing = Array.from(robust.keys())
  for (const current of curveRadii({ radius })) {
    if (current >= radius) standing = standing.filter((n) => robust[n] === 1)
    if (standing.length > 0) {
      const withstood = await attacked(current, standing)
      standing = standing.filter((_, position) => withstood[position] === 1)
    }
    yield { radius: current, standing }
  }
}
