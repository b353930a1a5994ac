// One preset, one seed, one training: what became of it.
import {
  adversarial,
  attackSuite,
  evaluateRobustness,
  featureAligned,
  featureCoefficients,
  learnedFeatures,
  oneStep,
  PatchDistribution,
  PatchNetwork,
  pgd,
  standard,
  train,
} from 'robust-features'

const TEST_SAMPLES = 60

/** Trains a seed by 'standard' or 'adversarial' training; a seed whose loss overflows is said to have diverged. */
export async function measurePreset(preset, seed, training, threads) {
  const { strengthRatio, radius, threshold, filtersPerClass, initialScale, samples } = preset
  const distribution = new PatchDistribution({
    classes: 2,
    dimension: 64,
    robustPatches: 1,
    nonRobustPatches: preset.nonRobustPatches,
    robustStrength: { low: 0.8 * strengthRatio, high: 1.2 * strengthRatio },
    nonRobustStrength: { low: 0.8, high: 1.2 },
    noise: 0.01,
    seed,
  })
  const network = PatchNetwork.initialize({
    classes: 2,
    dimension: 64,
    filtersPerClass,
    activation: { kind: 'smoothedRelu', power: 3, threshold },
    initialScale,
    seed,
  })
  const { selection, splits, learningRate, iterations } = preset
  const aligned = featureAligned(distribution, { radius, selection, splits })
  const run = train(network, await distribution.sample(samples, { threads }), {
    objective: training === 'standard' ? standard() : adversarial([oneStep({ radius }), aligned]),
    learningRate,
    iterations,
    seed,
    record: { every: iterations },
    threads,
  })
  let trained
  try {
    trained = (await run.finished).network
  } catch (error) {
    if (error.code !== 'DIVERGED') throw error
    return { diverged: true }
  }
  const { robust, nonRobust } = learnedFeatures(featureCoefficients(trained, distribution), 2)
  const [strong, weak] = training === 'standard' ? [nonRobust, robust] : [robust, nonRobust]
  const { cleanAccuracy, robustAccuracy } = await evaluateRobustness(
    trained,
    await distribution.sample(TEST_SAMPLES, { stream: 'test', threads }),
    {
      attacks: [...attackSuite(distribution, { radius, steps: 40, restarts: 2 }), pgd({ radius, steps: 1 })],
      seed,
      threads,
    },
  )
  const rounded = (values) => values.map((value) => Number(value.toPrecision(4)))
  return {
    u: rounded(robust),
    v: rounded(nonRobust),
    dominance: Math.min(...strong.map((value, i) => value / Math.max(weak[i], initialScale))),
    cleanAccuracy,
    robustAccuracy,
  }
}
