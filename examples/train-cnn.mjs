// A convolutional network learns small images by itself and by adversarial training, and is then attacked.
// The images are made here: of every class a pattern of its own, in noise. Real ones come the same way, for example
// from `loadImages('mnist', …)` with `smallCnn({ classes: 10 })`.
import {
  activation,
  adversarial,
  batchNormalization,
  convolution,
  createImageDataset,
  dense,
  evaluateRobustness,
  globalAveragePooling,
  ImageData,
  imageAttackSuite,
  LayeredNetwork,
  maxPooling,
  pgd,
  RobustFeaturesError,
  relu,
  sgd,
  standard,
  train,
} from 'robust-features'

const [height, width, channels, classes] = [12, 12, 1, 3]
const radius = 0.1

/** Stripes along the rows, along the columns and across both, under noise. */
function images(count, seed) {
  let state = seed
  const noise = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const pixels = new Uint8Array(count * height * width)
  const labels = Uint8Array.from({ length: count }, (_, n) => n % classes)
  for (let index = 0; index < pixels.length; index++) {
    const n = Math.floor(index / (height * width))
    const [row, column] = [Math.floor(index / width) % height, index % width]
    const phase = [row, column, row + column][labels[n] ?? 0] ?? 0
    pixels[index] = Math.round(255 * (0.2 + 0.3 * (phase % 4 < 2 ? 1 : 0) + 0.5 * noise()))
  }
  return ImageData.fromImages(
    createImageDataset({ name: 'stripes', images: pixels, labels, height, width, channels, classes }),
  )
}

const layers = [
  convolution({ channels: 16, padding: 1, bias: false }),
  batchNormalization(),
  activation(relu()),
  maxPooling({ window: 2 }),
  convolution({ channels: 16, padding: 1 }),
  activation(relu()),
  globalAveragePooling(),
  dense({ units: classes }),
]

async function compare() {
  const [trainingImages, testImages] = [images(240, 1), images(60, 2)]
  const network = LayeredNetwork.initialize({ input: { height, width, channels }, layers, seed: 1 })
  const objectives = {
    standard: standard(),
    adversarial: adversarial(pgd({ norm: 'linf', radius, steps: 3, randomStart: true })),
  }
  for (const [name, objective] of Object.entries(objectives)) {
    const run = train(network, trainingImages, {
      objective,
      learningRate: 0.05,
      epochs: 40,
      batchSize: 20,
      optimizer: sgd({ momentum: 0.9, weightDecay: 5e-4 }),
      seed: 1,
    })
    const { network: trained } = await run.finished
    const { cleanAccuracy, robustAccuracy } = await evaluateRobustness(trained, testImages, {
      attacks: imageAttackSuite({ norm: 'linf', radius, steps: 10 }),
    })
    console.log(`${name} training: clean ${cleanAccuracy.toFixed(2)}, robust ${robustAccuracy.toFixed(2)}`)
  }
}

try {
  await compare()
} catch (error) {
  if (!(error instanceof RobustFeaturesError) || error.code !== 'NATIVE_ADDON_UNAVAILABLE') throw error
  console.log(error.message)
}
