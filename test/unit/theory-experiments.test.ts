import { describe, expect, it } from 'vitest'
import type { Figure } from '../../src/analysis/figure.js'
import { activation } from '../../src/experiments/activation.js'
import { attackSteps } from '../../src/experiments/attack-steps.js'
import type { Experiment } from '../../src/experiments/experiment.js'
import { featureNetwork } from '../../src/experiments/feature-networks.js'
import { learningDynamics } from '../../src/experiments/learning-dynamics.js'
import { radiusSpectrum } from '../../src/experiments/radius-spectrum.js'
import { attackToFeatureRatio, robustFeaturesExist } from '../../src/experiments/robust-features-exist.js'
import { standardTraining } from '../../src/experiments/standard-training.js'
import { structuredDataPresets } from '../../src/experiments/structured-data-presets.js'
import { featureCoefficients, PatchDistribution, smoothedRelu } from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { contextFor, expectSound } from '../helpers/experiments.js'

async function tried<Preset extends object>(experiment: Experiment<Preset>, threads = 1) {
  const outcome = await experiment.run(contextFor(experiment.presets.smoke, [1, 2], threads))
  expectSound(outcome.records, experiment.id, [1, 2])
  expectDrawable(outcome.figures)
  return outcome
}

/** Every row has every column that the figure names, and JSON keeps them. */
function expectDrawable(figures: readonly Figure[]): void {
  expect(new Set(figures.map(({ id }) => id)).size).toBe(figures.length)
  for (const { rows, x, y, color, stroke, band, control } of figures) {
    expect(rows.length).toBeGreaterThan(0)
    const columns = [x, y, color, stroke, control].flatMap((field) => field?.field ?? [])
    for (const row of rows) {
      for (const column of [...columns, ...(band === undefined ? [] : [band.low, band.high])])
        expect(row).toHaveProperty(column)
    }
  }
  expect(JSON.parse(JSON.stringify(figures))).toEqual(figures)
}

describe('robust-features-exist', () => {
  it('builds networks and says where robust features alone can do', async () => {
    const { records, figures } = await tried(robustFeaturesExist)
    expect(records.map(({ id, verdict }) => [id, verdict])).toEqual([
      ['robust-features-exist/non-robust-features', 'reproduced'],
      ['robust-features-exist/robust-features', 'reproduced'],
      ['robust-features-exist/robust-features-where-possible', 'reproduced'],
      ['robust-features-exist/shielded-robust-features', 'reproduced'],
    ])
    expect(figures.map(({ id }) => id)).toEqual(['robust-accuracy', 'attack-to-feature-ratio'])
  })

  it('R is |J_NR| ε^q / (|J_R| (α − ε)^q) at the smallest strength', () => {
    const preset = structuredDataPresets.quick
    expect(attackToFeatureRatio(preset, 500)).toBeCloseTo((500 * 0.75 ** 3) / (4.8 - 0.75) ** 3, 12)
    expect(attackToFeatureRatio({ ...preset, radius: 6 }, 500)).toBe(Number.POSITIVE_INFINITY)
  })

  it('makes networks of the features they are named after', () => {
    const distribution = new PatchDistribution({ ...structuredDataPresets.smoke.distribution, seed: 1 })
    const build = (kind: 'robust' | 'non-robust' | 'shielded-robust') => {
      const shape = { filtersPerClass: 1, activation: smoothedRelu({ power: 3, threshold: 3.6 }) }
      const { robust, nonRobust } = featureCoefficients(
        featureNetwork(kind, distribution, shape),
        distribution,
      )
      return [[...robust], [...nonRobust]]
    }
    expect(build('robust')).toEqual([
      [0.5, 0, 0, 0.5],
      [0, 0, 0, 0],
    ])
    expect(build('non-robust')).toEqual([
      [0, 0, 0, 0],
      [3, 0, 0, 3],
    ])
    expect(build('shielded-robust')).toEqual([
      [0.5, 0, 0, 0.5],
      [0, -0.5, -0.5, 0],
    ])
  })
})

describe('learning-dynamics', () => {
  it('overlays prediction and measurement', async () => {
    const { records, figures } = await tried(learningDynamics)
    expect(records.map(({ id }) => id)).toEqual([
      'learning-dynamics/standard-prediction',
      'learning-dynamics/adversarial-prediction',
      'learning-dynamics/phase-switch',
      'learning-dynamics/non-robust-first',
    ])
    for (const { rows } of figures)
      expect(new Set(rows.map(({ group }) => group))).toEqual(new Set(['measured', 'predicted']))
  })

  it('gives the same records and figures for any number of threads', async () => {
    const [one, three] = [await tried(learningDynamics, 1), await tried(learningDynamics, 3)]
    expect(three.records).toEqual(one.records)
    expect(three.figures).toEqual(one.figures)
  })
})

describe('radius-spectrum', () => {
  it('is standard training at ε = 0, bit for bit', async () => {
    const { records } = await tried(radiusSpectrum)
    expect(records[0]).toMatchObject({
      id: 'radius-spectrum/continuity',
      measured: { value: 0 },
      verdict: 'reproduced',
    })
  })

  it('wants 0 and the preset’s radius among the radii', async () => {
    const preset = { ...radiusSpectrum.presets.smoke, radii: [0, 0.5] }
    await failure('INVALID_ARGUMENT', () => radiusSpectrum.run(contextFor(preset, [1])))
  })
})

describe('attack-steps', () => {
  it('keeps time out of records and deterministic figures', async () => {
    const outcome = await tried(attackSteps)
    expect(JSON.stringify([outcome.records, outcome.figures])).not.toMatch(/second/)
    expectDrawable(outcome.timedFigures ?? [])
    expect(outcome.timedFigures?.map(({ id }) => id)).toEqual(['seconds', 'seconds-to-convergence'])
  })
})

describe('activation', () => {
  it('has a record for each activation and training', async () => {
    const { records } = await tried(activation)
    expect(records).toHaveLength(2 * activation.presets.smoke.activations.length)
  })
})

describe('standard-training', () => {
  it('draws coefficients, attacked accuracy and alignment', async () => {
    const { figures } = await tried(standardTraining)
    expect(figures.map(({ id }) => id)).toEqual(['coefficients', 'robust-accuracy', 'alignment-standard'])
    const attacked = figures[1]!.rows.filter(({ bound }) => bound === 'attacked')
    const accuracies = attacked.map(({ accuracy }) => Number(accuracy))
    expect(accuracies).toEqual(accuracies.toSorted((a, b) => b - a))
  })
})
