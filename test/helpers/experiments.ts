import { expect } from 'vitest'
import type { ExperimentContext } from '../../src/experiments/experiment.js'
import { type ExperimentRecord, judgeAll } from '../../src/index.js'
import { temporaryFolder } from './temporary-folder.js'

/** A context for `Experiment.run` in a folder of its own. */
export function contextFor<Preset>(
  preset: Preset,
  seeds: readonly number[],
  threads = 1,
): ExperimentContext<Preset> {
  return {
    preset,
    seeds,
    directory: temporaryFolder(),
    threads,
    signal: new AbortController().signal,
    report: () => {},
    note: () => {},
  }
}

/** What holds for the records of every experiment. */
export function expectSound(
  records: readonly ExperimentRecord[],
  experiment: string,
  seeds: readonly number[],
): void {
  expect(new Set(records.map(({ id }) => id)).size).toBe(records.length)
  for (const record of records) {
    expect(record.id.startsWith(experiment)).toBe(true)
    expect(record).toMatchObject({ experiment, seeds, reported: null })
    expect(record.claim).not.toBe('')
    expect(record.source).toMatch(/^arXiv 2410\.08503, /)
    expect(record.measured).toEqual(record.conditions[0]!.measured)
    expect(record.verdict).toBe(judgeAll(record.conditions))
    expect(record.criterion).toBe(record.conditions.map(({ criterion }) => criterion.text).join(' and '))
    for (const { measured } of record.conditions) {
      expect(measured.n).toBe(seeds.length)
      expect(Number.isFinite(measured.value)).toBe(true)
    }
    // Records are kept as JSON, so nothing in them may get lost there.
    expect(JSON.parse(JSON.stringify(record))).toEqual(record)
  }
}
