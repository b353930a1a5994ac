// Trains the network of test/theory/masked-gradients.test.ts: on it PGD reports full robustness, and there is none.
// Kept as a file, for it takes minutes: 4000 iterations of PGD-5 with random starts.
import { adversarial, PatchDistribution, PatchNetwork, pgd, smoothedRelu, train } from 'robust-features'
import { distributionOptions } from '../test/fixtures/masked-gradients.mjs'

const { classes, dimension, seed } = distributionOptions
const distribution = new PatchDistribution(distributionOptions)
const initial = PatchNetwork.initialize({
  classes,
  dimension,
  filtersPerClass: 3,
  activation: smoothedRelu({ power: 3, threshold: 1 }),
  initialScale: 0.05,
  seed,
})
const { network } = await train(initial, await distribution.sample(60), {
  objective: adversarial(pgd({ radius: 0.3, steps: 5, randomStart: true })),
  learningRate: 0.5,
  iterations: 4000,
  seed,
  record: { every: 4000 },
}).finished
await network.save('test/fixtures/masked-gradients.safetensors')
