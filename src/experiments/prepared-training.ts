import type { Robustness } from '../analysis/evaluate-robustness.js'
import type { ThreatModel } from '../attacks/attack.js'
import { type InputSizes, radiusWarning } from '../attacks/radius-warning.js'
import type { ExperimentContext } from './experiment.js'

/** How a configured training runs. */
export type ConfiguredExecution = Pick<ExperimentContext<object>, 'threads' | 'signal'>

/** Trains and evaluates in the context's folder; gives the summary. */
export type PreparedTraining = (
  context: ConfiguredExecution & Pick<ExperimentContext<object>, 'directory' | 'note'>,
  onProgress: (share: number, activity: string) => void,
) => Promise<Readonly<Record<string, unknown>>>

/** Says of a radius beyond the pixels' range that it is, before time is spent on it. */
export function noteLargeRadius(
  attacks: readonly Pick<ThreatModel, 'norm' | 'radius' | 'budget'>[],
  sizes: InputSizes,
  note: (message: string) => void,
): void {
  const warnings = attacks.map((attack) => radiusWarning({ ...attack, bounds: [0, 1] }, sizes))
  const first = warnings.find((warning) => warning !== undefined)
  if (first !== undefined) note(`warning: ${first}`)
}

/** What every summary tells of the test. */
export function testSummary(
  testSamples: number,
  testAccuracy: number,
  robustness: Robustness | undefined,
): Record<string, unknown> {
  if (robustness === undefined) return { testSamples, testAccuracy }
  const { threat, robustAccuracy, certifiedAccuracy, outcomes, flags } = robustness
  return {
    testSamples,
    testAccuracy,
    threat,
    robustAccuracy,
    ...(certifiedAccuracy === undefined ? {} : { certifiedAccuracy }),
    attacks: outcomes.map(({ name, accuracy }) => ({ name, accuracy })),
    flags,
  }
}
