// Trains the network of test/theory/masked-gradients.test.ts: on it PGD reports full robustness, and there is none.
// Kept as a file, for it takes minutes: 4000 iterations of PGD-5 with random starts.
import { adversarial, PatchDistribution, PatchNetwork, pgd, smoothedRelu, train } from 'robust-features'

const seed = 2
const distribution = new PatchDistribution({
  classes: 3,
  dimension: 64,
  robustPatches: 1,
  nonRobustPatches: 128,
  robustStrength: { low: 1.6, high: 2.4 },
  nonRobustStrength: { low: 0.4, high: 0.6 },
  noise: 0.0375,
  seed,
})
const initial = PatchNetwork.initialize({
  classes: 3,
  dimension: 64,
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
