import { describe, expect, it } from 'vitest'
import {
  adversarial,
  createImageDataset,
  evaluateRobustness,
  ImageData,
  imageAttackSuite,
  LayeredNetwork,
  pgd,
  resnet8,
  sgd,
  smallCnn,
  train,
} from '../../src/index.js'

const images = (n: number, side: number, channels: number, classes = 3) => {
  const size = side * side * channels
  return createImageDataset({
    name: 'random',
    images: Uint8Array.from({ length: n * size }, (_, i) => (i * 7919 + (i >> 3) * 31) % 256),
    labels: Uint8Array.from({ length: n }, (_, i) => i % classes),
    height: side,
    width: side,
    channels,
    classes,
  })
}

describe('smoke', () => {
  it('runs', async () => {
    const data = ImageData.fromImages(images(40, 16, 3))
    for (const layers of [smallCnn({ classes: 3 }), resnet8({ classes: 3 })]) {
      const network = LayeredNetwork.initialize({
        input: { height: 16, width: 16, channels: 3 },
        layers,
        seed: 1,
      })
      const out = await network.evaluate(data)
      console.log(out.accuracy, out.loss[0], network.parameters.length)
      const run = train(network, data, {
        objective: adversarial(pgd({ norm: 'linf', radius: 8 / 255, steps: 2 })),
        learningRate: 0.05,
        epochs: 2,
        batchSize: 16,
        optimizer: sgd({ momentum: 0.9 }),
      })
      const { network: trained, history } = await run.finished
      console.log(history)
      const r = await evaluateRobustness(trained, data, {
        attacks: imageAttackSuite({ norm: 'linf', radius: 4 / 255, steps: 3 }),
        keepPerturbations: true,
      })
      console.log(r.cleanAccuracy, r.robustAccuracy, r.flags, r.threat)
      const again = await trained.evaluate(data, { perturbation: r.perturbations as Float32Array })
      expect(again.margin).toEqual(r.margin)
    }
  })
})
