import { describe, expect, it } from 'vitest'
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
    network: smallNetwork(),
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

  it('say when the wrong features dominate', () => {
    expect(flagsOf({ clean: 1, robust: 0 }, { dominance: 0.5 })).toEqual([
      ['wrong-features-dominate', expect.stringMatching(/^Robust features are stronger.*nonRobustPatches/)],
    ])
    expect(flagsOf({ clean: 1, robust: 1 }, { dominance: 0.5, objective: 'adversarial' })).toEqual([
      ['wrong-features-dominate', expect.stringMatching(/^Non-robust features are stronger.*radius/)],
    ])
  })

  it('count dead filters', () => {
    const network = smallNetwork()
    const dead = network.withWeights(network.weights.map((value, index) => (index < 12 ? 0 : value)))
    expect(flagsOf({ clean: 1, robust: 0 }, { network: dead })).toEqual([
      ['dead-filters', expect.stringMatching(/^2 filters are all zero/)],
    ])
  })
})
