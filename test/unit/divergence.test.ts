import { describe, expect, it } from 'vitest'
import { adversarialTraining } from '../../src/experiments/adversarial-training.js'
import { noneDiverged, overResults, unlessDiverged } from '../../src/experiments/divergence.js'
import type { ExperimentContext } from '../../src/experiments/experiment.js'
import { standardTraining } from '../../src/experiments/standard-training.js'
import {
  type StructuredDataPreset,
  structuredDataPresets,
} from '../../src/experiments/structured-data-presets.js'
import { judge } from '../../src/index.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const { smoke } = structuredDataPresets
/** A cubic network at this rate overflows within a few iterations. */
const diverging: StructuredDataPreset = {
  ...smoke,
  distribution: { ...smoke.distribution, nonRobustPatches: 6 },
  network: { ...smoke.network, activation: { kind: 'polynomial', power: 9 }, initialScale: 3 },
  training: { samples: 8, iterations: 20, learningRate: 1e30 },
  testSamples: 6,
  suite: { steps: 2, restarts: 1 },
}

function contextOf(preset: StructuredDataPreset): ExperimentContext<StructuredDataPreset> {
  return {
    preset,
    seeds: [1, 2],
    directory: temporaryFolder(),
    threads: 1,
    signal: new AbortController().signal,
    report: () => {},
    note: () => {},
  }
}

describe('a seed that diverges', () => {
  it.each([standardTraining, adversarialTraining])(
    'is a flag of $id, and its records say so',
    async (experiment) => {
      const { records, flags } = await experiment.run(contextOf(diverging))
      expect(new Set(flags.map(({ name }) => name))).toEqual(new Set(['loss-diverges']))
      expect(flags[0]).toMatchObject({
        where: expect.stringMatching(/^seed-1\//),
        message: expect.stringMatching(/finite/),
      })
      for (const record of records) {
        expect(record.verdict).toBe('not reproduced')
        expect(record.measured).toEqual({ value: 0, ci95: null, n: 0 })
        expect(JSON.parse(JSON.stringify(record))).toEqual(record)
      }
    },
  )

  it('lets no record be reproduced by the others', () => {
    expect(noneDiverged(10, 10)).toEqual([])
    expect(noneDiverged(10, 9).map(judge)).toEqual(['inconclusive'])
    expect(noneDiverged(10, 4).map(judge)).toEqual(['not reproduced'])
    expect(overResults([2, 4], (value) => value)).toMatchObject({ value: 3, n: 2 })
  })

  it('hides no other error', async () => {
    await expect(unlessDiverged('seed-1', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  })
})
