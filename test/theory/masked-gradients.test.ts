import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { attackSuite, evaluateRobustness, PatchDistribution, PatchNetwork, pgd } from '../../src/index.js'
import { distributionOptions } from '../fixtures/masked-gradients.mjs'

// PGD-5 training with random starts on these data, made by scripts/make-masked-network.mjs: the activation's flat
// region has learned to hide the gradients, not to withstand the radius.
const path = fileURLToPath(new URL('../fixtures/masked-gradients.safetensors', import.meta.url))
const radius = 0.3

it('robustness that PGD reports and nothing holds is found out and flagged', async () => {
  const network = await PatchNetwork.load(path)
  const distribution = new PatchDistribution(distributionOptions)
  const test = await distribution.sample(60, { stream: 'test' })
  const plain = await evaluateRobustness(network, test, { attacks: [pgd({ radius, steps: 50 })] })
  const suite = await evaluateRobustness(network, test, {
    attacks: attackSuite(distribution, { radius, steps: 50, restarts: 1 }),
  })
  expect(plain.cleanAccuracy).toBeGreaterThanOrEqual(0.95)
  expect(plain.robustAccuracy).toBeGreaterThanOrEqual(0.95)
  expect(suite.robustAccuracy).toBeLessThanOrEqual(0.05)
  const aligned = suite.outcomes.find(({ name }) => name.startsWith('feature-aligned'))
  expect(aligned?.accuracy).toBeLessThanOrEqual(0.05)
  // The own class's gradient is there, so the ascent moves: only a stronger attack tells.
  expect(plain.flags).toEqual([])
  expect(suite.flags.map(({ name }) => name)).toEqual(['attacks-disagree'])
  expect(suite.flags[0]?.share).toBeGreaterThanOrEqual(0.9)
})
