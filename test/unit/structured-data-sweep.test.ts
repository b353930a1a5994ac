import { expect, it, vi } from 'vitest'
import type { Experiment } from '../../src/experiments/experiment.js'
import { featureStrength } from '../../src/experiments/feature-strength.js'
import { sensitivity } from '../../src/experiments/sensitivity.js'
import { structuredDataRun } from '../../src/experiments/structured-data.js'
import { RobustFeaturesError } from '../../src/index.js'
import { contextFor } from '../helpers/experiments.js'

vi.mock('../../src/experiments/structured-data.js', async (original) => ({
  ...(await original<object>()),
  structuredDataRun: vi.fn(),
}))

const result = {
  robustness: { cleanAccuracy: 1, robustAccuracy: 1 },
  robustOnlyAccuracy: 1,
  nonRobustOnlyAccuracy: 1,
  nonRobustDominance: 10,
  robustDominance: 10,
  flags: [],
}
const figureOf: Readonly<Record<string, [id: string, field: string]>> = {
  'feature-strength': ['dominance', 'value'],
  sensitivity: ['radius', 'mean'],
}

it.each([featureStrength as Experiment, sensitivity as Experiment])(
  '$id has no dominant feature of seeds that diverge, and reproduces nothing without them',
  async (experiment) => {
    const [id, field] = figureOf[experiment.id]!
    const dominanceWithout = async (...lost: number[]) => {
      vi.mocked(structuredDataRun).mockImplementation(async (_, seed) => {
        if (lost.includes(seed)) throw new RobustFeaturesError('DIVERGED', 'It is not finite.')
        return result as never
      })
      const { figures, records, flags } = await experiment.run(contextFor(experiment.presets.smoke, [1, 2]))
      const { rows } = figures.find((figure) => figure.id === id)!
      const shown = rows.filter((row) => row.shown === undefined || row.shown === 'log10 u/v')
      return {
        values: new Set(shown.map((row) => row[field])),
        verdicts: new Set(records.map(({ verdict }) => verdict)),
        flags: flags.map(({ name }) => name),
      }
    }
    expect(await dominanceWithout()).toEqual({
      values: new Set([1]),
      verdicts: new Set(['reproduced']),
      flags: [],
    })
    const one = await dominanceWithout(2)
    expect(one.values).toEqual(new Set([1]))
    expect(one.verdicts).not.toContain('reproduced')
    expect(one.flags).toEqual(['loss-diverges'])
    expect((await dominanceWithout(1, 2)).values).toEqual(new Set())
  },
)
