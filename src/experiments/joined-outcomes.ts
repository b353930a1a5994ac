import type { ExperimentOutcome } from './experiment.js'

/** What the parts of an experiment gave, such as its data sets, as one outcome. */
export function joinedOutcomes(outcomes: readonly ExperimentOutcome[]): ExperimentOutcome {
  return {
    records: outcomes.flatMap(({ records }) => records),
    flags: outcomes.flatMap(({ flags }) => flags),
    figures: outcomes.flatMap(({ figures }) => figures),
    grids: outcomes.flatMap(({ grids = [] }) => grids),
  }
}
