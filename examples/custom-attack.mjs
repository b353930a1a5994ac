// @ts-check
// An attack of our own, for a network that gradient attacks find robust. Where every pre-activation of a patch is
// negative, the smoothed ReLU is flat and the gradient is zero. So this attack asks no gradient: it moves all patches
// straight toward one filter of a wrong class, tries every such filter, and keeps what hurts each sample most.
import {
  adversarial,
  evaluateRobustness,
  oneStep,
  PatchDistribution,
  PatchNetwork,
  pgd,
  smoothedRelu,
  train,
} from 'robust-features'

/** @import {CustomAttack} from 'robust-features' */

const radius = 0.75
const distribution = new PatchDistribution({
  classes: 2,
  dimension: 64,
  robustPatches: 1,
  nonRobustPatches: 500,
  robustStrength: { low: 4.8, high: 7.2 },
  nonRobustStrength: { low: 0.8, high: 1.2 },
  noise: 0.01,
  seed: 3,
})

/** @type {CustomAttack} */
const towardFilters = {
  name: 'toward-filters',
  norm: 'l2',
  radius,
  budget: 'patch',
  async perturb(network, data, execution) {
    const { filtersPerClass, dimension, weights } = network
    const { samples, inputSize } = data
    const labels = data.labels()
    const worst = new Float32Array(samples * inputSize)
    const { margin } = await network.evaluate(data, execution)
    for (let filter = 0; filter * dimension < weights.length; filter++) {
      const direction = weights.subarray(filter * dimension, (filter + 1) * dimension)
      const scale = radius / Math.hypot(...direction)
      const perturbation = new Float32Array(samples * inputSize)
      for (const [sample, label] of labels.entries()) {
        if (label === Math.floor(filter / filtersPerClass)) continue
        const own = perturbation.subarray(sample * inputSize, (sample + 1) * inputSize)
        own.forEach((_, e) => {
          own[e] = scale * (direction[e % dimension] ?? 0)
        })
      }
      const moved = await network.evaluate(data, { ...execution, perturbation })
      for (const [sample, value] of moved.margin.entries()) {
        if (value >= (margin[sample] ?? 0)) continue
        margin[sample] = value
        const first = sample * inputSize
        worst.set(perturbation.subarray(first, first + inputSize), first)
      }
    }
    return worst
  },
}

const initial = PatchNetwork.initialize({
  classes: 2,
  dimension: 64,
  filtersPerClass: 8,
  activation: smoothedRelu({ power: 3, threshold: 4 }),
  initialScale: 0.1,
  seed: 3,
})
const { network } = await train(initial, await distribution.sample(20), {
  objective: adversarial(oneStep({ radius })),
  learningRate: 0.3,
  iterations: 300,
}).finished

const attacks = [pgd({ radius, steps: 20 }), towardFilters]
const robustness = await evaluateRobustness(network, await distribution.sample(60, { stream: 'test' }), {
  attacks,
})
console.log(`clean accuracy ${robustness.cleanAccuracy.toFixed(2)}`)
for (const { name, accuracy, norm } of robustness.outcomes) {
  console.log(`${accuracy.toFixed(2)} under ${name}, largest norm ${Math.max(...norm).toFixed(4)}`)
}
console.log(`worst case per sample ${robustness.robustAccuracy.toFixed(2)}`)
for (const { name, message } of robustness.flags) console.log(`${name}: ${message}`)
