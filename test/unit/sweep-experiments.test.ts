import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Experiment } from '../../src/experiments/experiment.js'
import { featureStrength } from '../../src/experiments/feature-strength.js'
import { runExperiment } from '../../src/experiments/run-experiment.js'
import { sensitivity } from '../../src/experiments/sensitivity.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

function runSmoke(experiment: Experiment, threads: number, directory = temporaryFolder()) {
  return runExperiment(experiment, {
    scale: 'smoke',
    seeds: [1, 2],
    threads,
    signal: new AbortController().signal,
    directory,
    reporter: { progress: () => {}, note: () => {} },
  })
}

const asExperiment = (experiment: unknown) => experiment as Experiment

describe.each([
  ['feature-strength', asExperiment(featureStrength), 16],
  ['sensitivity', asExperiment(sensitivity), 8],
] as const)('%s', (_, experiment, cells) => {
  it('is a sweep in its run folder, the same for any number of threads', async () => {
    const first = await runSmoke(experiment, 1)
    const second = await runSmoke(experiment, 3)
    expect(readdirSync(join(first.directory, 'cells'))).toHaveLength(cells)
    for (const name of ['cells.csv', 'cells.parquet'])
      expect(existsSync(join(first.directory, name))).toBe(true)
    expect(second.records).toEqual(first.records)
    expect(second.figures).toEqual(first.figures)
  })

  it('has figures of which every column is there', async () => {
    const { figures } = await runSmoke(experiment, 2)
    for (const { x, y, color, control, band, rows } of figures) {
      const named = [x, y, color, control].flatMap((column) => (column === undefined ? [] : [column.field]))
      const fields = [...named, ...(band === undefined ? [] : [band.low, band.high])]
      expect(rows.length).toBeGreaterThan(0)
      for (const row of rows) expect(Object.keys(row)).toEqual(expect.arrayContaining(fields))
    }
  })
})

describe('feature-strength', () => {
  it('judges points on their side of c = 1', async () => {
    const { records, figures } = await runSmoke(asExperiment(featureStrength), 2)
    expect(records.map(({ id }) => id)).toEqual([
      'feature-strength/standard-dense',
      'feature-strength/standard-sparse',
      'feature-strength/adversarial-dense',
      'feature-strength/adversarial-dense-and-strong',
    ])
    // One share a seed, of two points each in the smoke grid, of one with the bound on α.
    for (const { measured } of records) expect(measured.n).toBe(2)
    const points = new Set(figures[0]!.rows.map((row) => `${row.strengthRatio} ${row.densityRatio}`))
    expect([...points].toSorted()).toEqual(['3 0.5', '3 2', '4 0.5', '4 2'])
  })
})

describe('sensitivity', () => {
  it('trains the base once for all options, and has it in every curve', async () => {
    const { figures, records } = await runSmoke(asExperiment(sensitivity), 2)
    expect(figures).toHaveLength(7)
    expect(records.map(({ config }) => config.varied)).toContain('network.activation.power')
    const valuesOf = (id: string) => {
      const figure = figures.find((candidate) => candidate.id === id)
      return [...new Set(figure?.rows.map(({ value }) => value))]
    }
    expect(valuesOf('radius')).toEqual([0.6, 0.75])
    expect(valuesOf('noise')).toEqual([0.01])
    const meansAt = (id: string, wanted: number) =>
      figures
        .find((figure) => figure.id === id)
        ?.rows.filter(({ value }) => value === wanted)
        .map(({ mean }) => mean)
    expect(meansAt('radius', 0.75)).toEqual(meansAt('noise', 0.01))
  })
})
