import type { Robustness } from '../analysis/evaluate-robustness.js'
import type { ExperimentContext } from './experiment.js'

/** How a configured training runs. */
export type ConfiguredExecution = Pick<ExperimentContext<object>, 'threads' | 'signal'>

/** Trains and evaluates in the context's folder; gives the summary. */
export type PreparedTraining = (
  context: ConfiguredExecution & Pick<ExperimentContext<object>, 'directory' | 'note'>,
  onProgress: (share: number, activity: string) => void,
) => Promise<Readonly<Record<string, unknown>>>

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
