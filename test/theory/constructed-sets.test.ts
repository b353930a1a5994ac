import { expect, it } from 'vitest'
import {
  activation,
  adversarial,
  createImageDataset,
  dense,
  type ExtractFeaturesOptions,
  evaluateRobustness,
  extractFeatures,
  ImageData,
  type ImageDataset,
  LayeredNetwork,
  type Objective,
  pgd,
  relu,
  sgd,
  standard,
  train,
} from '../../src/index.js'
import { normal, uniform } from '../../src/reference/index.js'
import { describeLayered } from '../helpers/layered-cases.js'

const SIDE = 8
const PIXELS = SIDE ** 2
const CLASSES = 3
const RADIUS = 0.08

/**
 * Images of three classes with a robust feature, four bright pixels that are in the place of a random class in one image
 * of ten, and a non-robust one that is always right: a weak pattern over all pixels.
 */
function images(name: string, count: number): ImageDataset {
  const patterns = normal(1, 'test/patterns', 0, CLASSES * PIXELS)
  const bytes = new Uint8Array(count * PIXELS)
  const labels = Uint8Array.from({ length: count }, (_, n) => n % CLASSES)
  for (const [n, label] of labels.entries()) {
    const noise = normal(1, `test/${name}`, n, PIXELS)
    const [wrong = 0, other = 0] = uniform(1, `test/${name}/place`, n, 2)
    const place = wrong < 0.1 ? Math.floor(CLASSES * other) : label
    for (let pixel = 0; pixel < PIXELS; pixel++) {
      const bright = Math.floor(pixel / 4) === place ? 0.5 : 0
      const weak = 0.05 * Math.sign(patterns[label * PIXELS + pixel]!)
      bytes[n * PIXELS + pixel] = Math.round(
        255 * Math.min(1, Math.max(0, 0.3 + bright + weak + 0.06 * noise[pixel]!)),
      )
    }
  }
  const shape = { height: SIDE, width: SIDE, channels: 1, classes: CLASSES }
  return createImageDataset({ name, images: bytes, labels, ...shape })
}

const layers = [dense({ units: 24 }), activation(relu()), dense({ units: CLASSES })]
const attack = pgd({ norm: 'linf', radius: RADIUS, steps: 5, randomStart: true })

async function trained(dataset: ImageDataset, objective: Objective, seed: number): Promise<LayeredNetwork> {
  const input = { height: SIDE, width: SIDE, channels: 1 }
  const network = LayeredNetwork.initialize({ input, layers, seed })
  const optimizer = sgd({ momentum: 0.9, weightDecay: 5e-3 })
  const options = { objective, learningRate: 0.05, epochs: 15, batchSize: 30, optimizer, seed }
  return (await train(network, ImageData.fromImages(dataset), options).finished).network
}

describeLayered('networks trained on constructed images', () => {
  it('have the features of the network that these were made from', async () => {
    const [training, test] = [images('training', 1500), ImageData.fromImages(images('test', 300))]
    const accuracies = async (network: LayeredNetwork) => {
      const { cleanAccuracy, robustAccuracy } = await evaluateRobustness(network, test, { attacks: [attack] })
      return { clean: cleanAccuracy, robust: robustAccuracy }
    }
    const plain = await trained(training, standard(), 1)
    const hardened = await trained(training, adversarial(attack), 1)
    const onSet = async (network: LayeredNetwork, options: ExtractFeaturesOptions) => {
      const { dataset } = await extractFeatures(network, training, options)
      return accuracies(await trained(dataset, standard(), 2))
    }
    expect(await accuracies(plain)).toEqual(near({ clean: 1, robust: 0 }))
    expect(await accuracies(hardened)).toEqual(near({ clean: 0.9, robust: 0.9 }))
    const matched = { steps: 40, stepSize: 0.2, start: 'noise' } as const
    // What the hardened network knows is robust, and right as often as the bright pixels are.
    expect(await onSet(hardened, { ...matched, kind: 'robust' })).toEqual(near({ clean: 0.9, robust: 0.7 }))
    expect(await onSet(plain, { ...matched, kind: 'non-robust' })).toEqual(near({ clean: 1, robust: 0.05 }))
    // Their labels look wrong, for the bright pixels are those of another class.
    for (const kind of ['targeted-random', 'targeted-next'] as const) {
      const found = await onSet(plain, { kind, steps: 20, radius: 0.8 })
      expect({ kind, ...found }).toEqual({ kind, ...near({ clean: 1, robust: 0 }) })
    }
  })
})

/** Within 0.15, several standard deviations of a share of 300 images. */
function near({ clean, robust }: { clean: number; robust: number }) {
  const within = (value: number) => expect.toSatisfy((found: number) => Math.abs(found - value) < 0.15)
  return { clean: within(clean), robust: within(robust) }
}
