import { describe, expect, it } from 'vitest'
import { silentFilters } from '../../src/analysis/silent-filters.js'
import { type TrainingEvidence, trainingFlags } from '../../src/experiments/training-flags.js'
import { evaluateRobustness, pgd } from '../../src/index.js'
import { smallDistribution, smallNetwork } from '../helpers/library-cases.js'

const robustness = await evaluateRobustness(smallNetwork(), await smallDistribution().sample(4), {
  attacks: [pgd({ radius: 0.1 })],
})

function flagsOf(
  accuracies: { clean: number; robust: number },
  evidence: Partial<TrainingEvidence> = {},
): [string, string][] {
  const flags = trainingFlags({
    where: 'seed-1/standard',
    objective: 'standard',
    silentFilters: 0,
    robustness: { ...robustness, cleanAccuracy: accuracies.clean, robustAccuracy: accuracies.robust },
    ...evidence,
  })
  for (const { where } of flags) expect(where).toBe('seed-1/standard')
  return flags.map(({ name, message }) => [name, message])
}

describe('trainingFlags', () => {
  it('are none where training did what the theory says', () => {
    expect(flagsOf({ clean: 0.95, robust: 0 }, { dominance: 5 })).toEqual([])
    expect(flagsOf({ clean: 0.95, robust: 0.9 }, { dominance: 5, objective: 'adversarial' })).toEqual([])
    expect(flagsOf({ clean: 0.95, robust: 0.9 })).toEqual([])
  })

  it('name low clean accuracy and what to change', () => {
    expect(flagsOf({ clean: 0.5, robust: 0 })).toEqual([
      [
        'clean-accuracy-low',
        expect.stringMatching(/only 0\.500: raise iterations, learningRate or initialScale/),
      ],
    ])
  })

  it('name low robust accuracy after adversarial training', () => {
    expect(flagsOf({ clean: 1, robust: 0.25 }, { objective: 'adversarial' })).toEqual([
      ['robust-accuracy-low', expect.stringMatching(/only 0\.250 .*featureAligned/)],
    ])
  })

  it('take an accuracy for low by what the experiment expects', () => {
    const expected = { clean: 0.3, robust: 0.15 }
    expect(flagsOf({ clean: 0.4, robust: 0.2 }, { objective: 'adversarial', expected })).toEqual([])
    const flags = flagsOf({ clean: 0.2, robust: 0.1 }, { objective: 'adversarial', expected })
    expect(flags.map(([name]) => name)).toEqual(['clean-accuracy-low', 'robust-accuracy-low'])
  })

  it('say when the wrong features dominate', () => {
    expect(flagsOf({ clean: 1, robust: 0 }, { dominance: 0.5 })).toEqual([
      ['wrong-features-dominate', expect.stringMatching(/^Robust features are stronger.*nonRobustPatches/)],
    ])
    expect(flagsOf({ clean: 1, robust: 1 }, { dominance: 0.5, objective: 'adversarial' })).toEqual([
      ['wrong-features-dominate', expect.stringMatching(/^Non-robust features are stronger.*radius/)],
    ])
  })

  it('count dead filters', async () => {
    const network = smallNetwork()
    const data = await smallDistribution().sample(8)
    expect(await silentFilters(network, data)).toBe(0)
    const dead = network.withWeights(network.weights.map((value, index) => (index < 12 ? 0 : value)))
    expect(await silentFilters(dead, data)).toBe(2)
    // q = 3: a thousandth of the weights gives some 1e-9 of the activation, below the spacing of float32.
    const silent = network.withWeights(
      network.weights.map((value, index) => (index < 6 ? value / 1e3 : value)),
    )
    expect(await silentFilters(silent, data)).toBe(1)
    const none = network.withWeights(network.weights.map(() => 0))
    expect(await silentFilters(none, data)).toBe(6)
    expect(flagsOf({ clean: 1, robust: 0 }, { silentFilters: 2 })).toEqual([
      ['dead-filters', expect.stringMatching(/^2 filters take no part/)],
    ])
    expect(flagsOf({ clean: 1, robust: 0 }, { silentFilters: 1 })).toEqual([
      ['dead-filters', expect.stringMatching(/^1 filter takes no part/)],
    ])
  })
})
