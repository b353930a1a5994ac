// @ts-check
// The same network trained three ways on the same data, and what each has learned. Standard training learns the weak
// but dense features and falls to every attack. One ascent step per iteration, as in the paper's analysis, turns the
// features around, and PGD is content with the result; the feature-aligned attack shows whether it is right. The last
// training has that attack inside.
import {
  adversarial,
  attackSuite,
  evaluateRobustness,
  featureAligned,
  learnedFeatures,
  oneStep,
  PatchDistribution,
  PatchNetwork,
  smoothedRelu,
  standard,
  train,
} from 'robust-features'

const radius = 0.75
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
for (const finding of distribution.regime({ power: 3, radius }).findings) console.log(finding)

const trainingData = await distribution.sample(20)
const testData = await distribution.sample(60, { stream: 'test' })
const initial = PatchNetwork.initialize({
  classes: 2,
  dimension: 64,
  filtersPerClass: 8,
  activation: smoothedRelu({ power: 3, threshold: 4 }),
  initialScale: 0.1,
  seed: 1,
})
const aligned = featureAligned(distribution, { radius, selection: 'shared', splits: 5 })
const objectives = {
  standard: standard(),
  'one-step': adversarial(oneStep({ radius })),
  'one-step and aligned': adversarial([oneStep({ radius }), aligned]),
}

for (const [name, objective] of Object.entries(objectives)) {
  const run = train(initial, trainingData, {
    objective,
    learningRate: 0.3,
    iterations: 300,
    record: { every: 100, features: distribution },
  })
  console.log(`\n${name}`)
  for await (const { iteration, loss, coefficients } of run) {
    if (coefficients === undefined) continue
    const { robust, nonRobust } = learnedFeatures(coefficients, distribution.classes)
    console.log(
      `  iteration ${iteration}: loss ${loss.toFixed(4)}, robust ${shown(robust)}, non-robust ${shown(nonRobust)}`,
    )
  }
  const { network } = await run.finished
  const attacks = attackSuite(distribution, { radius, steps: 20, restarts: 1 })
  const { cleanAccuracy, robustAccuracy, outcomes, flags } = await evaluateRobustness(network, testData, {
    attacks,
  })
  for (const outcome of outcomes) console.log(`  ${outcome.accuracy.toFixed(2)} under ${outcome.name}`)
  console.log(`  clean ${cleanAccuracy.toFixed(2)}, worst case per sample ${robustAccuracy.toFixed(2)}`)
  for (const flag of flags) console.log(`  ${flag.name}: ${flag.message}`)
}

/** @param {readonly number[]} values one per class */
function shown(values) {
  return values.map((value) => value.toFixed(2)).join(' and ')
}
