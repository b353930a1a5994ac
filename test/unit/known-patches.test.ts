import { expect, it } from 'vitest'
import { depth } from '../../src/experiments/depth.js'
import type { Experiment } from '../../src/experiments/experiment.js'
import { featureLearningAccuracy } from '../../src/experiments/feature-learning-accuracy.js'
import { transferability } from '../../src/experiments/transferability.js'
import { contextFor } from '../helpers/experiments.js'

const cases: readonly [Experiment, string][] = [
  [featureLearningAccuracy as Experiment, 'twin'],
  [transferability as Experiment, 'structured'],
  [depth as Experiment, 'patches'],
]

it.each(cases)(
  '$0.id refuses patches in random order and random features, before any training',
  async (experiment, part) => {
    const preset = experiment.presets.smoke as Record<string, { distribution: object }>
    for (const [option, given, wanted] of [
      ['positions', 'shuffled', 'fixed'],
      ['features', 'random', 'axis'],
    ] as const) {
      const distribution = { ...preset[part]!.distribution, [option]: given }
      const context = contextFor({ ...preset, [part]: { ...preset[part], distribution } }, [1])
      await expect(experiment.run(context)).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
        message: `Expected '${wanted}' for \`${part}.distribution.${option}\` in this experiment, got '${given}'.`,
      })
    }
  },
)
