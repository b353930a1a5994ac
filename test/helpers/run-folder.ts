import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Figure } from '../../src/analysis/figure.js'
import { createRecord, type ExperimentRecord } from '../../src/analysis/record.js'
import { measure } from '../../src/analysis/statistics.js'
import { atLeast } from '../../src/experiments/conditions.js'
import type { Scale } from '../../src/experiments/experiment.js'
import { DATA_FORMAT } from '../../src/experiments/run-experiment.js'

export interface RunFolderContents {
  readonly experiment?: string
  readonly scale?: Scale
  readonly seeds?: readonly number[]
  readonly dataFormat?: number
  readonly records?: unknown
  readonly flags?: unknown
  readonly figures?: readonly Figure[] | null
  readonly environment?: object
  /** Default: no `images.json`, as of an experiment without images. */
  readonly grids?: unknown
}

/** One record of a run, with two conditions. */
export function exampleRecord(fields: Partial<ExperimentRecord> = {}): ExperimentRecord {
  return createRecord(
    {
      id: 'standard-training',
      experiment: 'standard-training',
      claim: 'After standard training v ≫ u',
      source: 'arXiv 2410.08503, Theorem 4.3',
      reported: null,
      config: { radius: 0.75 },
      seeds: [1, 2, 3],
      ...fields,
    },
    [atLeast(measure([2.5, 2.6, 2.7]), 2, 'v/u'), atLeast(measure([0.5, 0.6, 0.7]), 0.99, 'clean accuracy')],
  )
}

/** Writes a run folder as `runExperiment` leaves it; a file given as null is left out. */
export function writeRunFolder(parent: string, name: string, contents: RunFolderContents = {}): string {
  const { experiment = 'standard-training', scale = 'quick', seeds = [1, 2, 3] } = contents
  const directory = join(parent, name)
  mkdirSync(directory, { recursive: true })
  const files: Record<string, unknown> = {
    config: {
      experiment,
      scale,
      seeds,
      preset: { radius: 0.75, network: { filtersPerClass: 8 } },
      engine: '0.1.0',
      dataFormat: contents.dataFormat ?? DATA_FORMAT,
    },
    environment: contents.environment ?? { node: 'v20.19.0', processor: 'Example processor', threads: 2 },
    timings: { seconds: 12.34, threads: 2 },
    flags: contents.flags ?? [],
    figures: contents.figures === undefined ? [] : contents.figures,
    images: contents.grids ?? null,
    records: contents.records === undefined ? [exampleRecord({ experiment })] : contents.records,
  }
  for (const [file, value] of Object.entries(files))
    if (value !== null) writeFileSync(join(directory, `${file}.json`), JSON.stringify(value))
  return directory
}
