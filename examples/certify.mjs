// @ts-check
// A lower bound beside the upper one. An attack that fails proves nothing; a certificate does: no perturbation of the
// ball breaks a certified sample. For a trained network this prints both at growing radii; the true robust accuracy
// lies between them.
import {
  adversarial,
  attackSuite,
  certify,
  evaluateRobustness,
  featureAligned,
  oneStep,
  PatchDistribution,
  PatchNetwork,
  smoothedRelu,
  train,
} from 'robust-features'

const distribution = new PatchDistribution({
  classes: 2,
  dimension: 64,
  robustPatches: 1,
  nonRobustPatches: 500,
  robustStrength: { low: 4.8, high: 7.2 },
  nonRobustStrength: { low: 0.8, high: 1.2 },
  noise: 0.01,
  seed: 1,
})
const initial = PatchNetwork.initialize({
  classes: 2,
  dimension: 64,
  filtersPerClass: 8,
  activation: smoothedRelu({ power: 3, threshold: 4 }),
  initialScale: 0.1,
  seed: 1,
})
const radius = 0.75
const { network } = await train(initial, await distribution.sample(20), {
  objective: adversarial([
    oneStep({ radius }),
    featureAligned(distribution, { radius, selection: 'shared', splits: 5 }),
  ]),
  learningRate: 0.3,
  iterations: 300,
}).finished
const test = await distribution.sample(30, { stream: 'test' })

console.log('radius  attacked  certified')
for (const share of [0.25, 0.5, 0.75, 1, 1.25, 1.5]) {
  const attacks = attackSuite(distribution, { radius: share * radius, steps: 20 })
  const { robustAccuracy, certifiedAccuracy = 0 } = await evaluateRobustness(network, test, {
    attacks,
    certify: true,
  })
  console.log(
    [share * radius, robustAccuracy, certifiedAccuracy].map((value) => value.toFixed(2).padStart(8)).join(''),
  )
}

// By itself: the bound of each sample's worst margin, and what more effort proves.
for (const effort of [0, 1000, 30000]) {
  const { certifiedAccuracy, margin } = await certify(network, test, { radius, effort })
  console.log(
    `effort ${effort}: certified ${certifiedAccuracy.toFixed(2)}, least bound ${Math.min(...margin).toFixed(3)}`,
  )
}
