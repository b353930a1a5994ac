import type { Figure } from '../analysis/figure.js'
import type { FlagName, TrainingFlagName } from '../analysis/flag-names.js'
import type { ExperimentRecord } from '../analysis/record.js'
import type { ImageGrid } from './image-grid.js'

/** How large an experiment is: `smoke` proves that it runs, `quick` gives a first answer in minutes, `full` the one to cite. */
export const SCALES = ['smoke', 'quick', 'full'] as const
export type Scale = (typeof SCALES)[number]

/** Something an experiment noticed: a failure signature of training, or a reason to distrust a robustness figure. */
export interface RunFlag {
  /** Which training it is about, such as `seed-1/standard`. */
  readonly where: string
  readonly name: FlagName
  readonly message: string
}

export type { TrainingFlagName }

/** What an experiment tells while it runs. */
export interface Reporter {
  /** Work done so far, as a share of the experiment's plan. */
  progress(experiment: string, share: number, activity: string): void
  /** One sentence for the user, such as where a run resumes. */
  note(message: string): void
}

export interface ExperimentContext<Preset> {
  readonly preset: Preset
  readonly seeds: readonly number[]
  /** The run folder; it exists. */
  readonly directory: string
  readonly threads: number
  readonly signal: AbortSignal
  readonly report: (share: number, activity: string) => void
  readonly note: (message: string) => void
}

export interface ExperimentOutcome {
  readonly records: readonly ExperimentRecord[]
  readonly flags: readonly RunFlag[]
  readonly figures: readonly Figure[]
  /** Figures about time, which differ from run to run: kept in `timings.json`, apart from the deterministic ones. */
  readonly timedFigures?: readonly Figure[]
  /** Images to look at, kept as `images/<id>.png`. */
  readonly grids?: readonly ImageGrid[]
}

/** One claim of the paper, its presets and how it is tested. */
export interface Experiment<Preset extends object = object> {
  readonly id: string
  readonly title: string
  readonly claim: string
  readonly source: string
  readonly presets: Readonly<Record<Scale, Preset>>
  readonly defaultSeeds: Readonly<Record<Scale, number>>
  run(context: ExperimentContext<Preset>): Promise<ExperimentOutcome>
}
