import { describe, expect, it } from 'vitest'
import {
  adam,
  adversarial,
  averagePooling,
  batchNormalization,
  certify,
  convolution,
  dense,
  evaluateRobustness,
  LayeredNetwork,
  maxPooling,
  PatchData,
  PatchNetwork,
  pgd,
  polynomial,
  resnet8,
  sgd,
  smallCnn,
  smoothedRelu,
  standard,
  subset,
  train,
  transfer,
} from '../../src/index.js'
import { describeLayered, randomImageData, randomImages } from '../helpers/layered-cases.js'
import { smallDistribution, smallNetwork } from '../helpers/library-cases.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const attack = pgd({ radius: 0.1, steps: 2 })
const execution = { threads: undefined, signal: undefined }

describe('an option that is undefined is one left out', () => {
  it.each<[string, explicit: unknown, usual: unknown]>([
    [
      'adam',
      adam({ beta1: undefined, beta2: undefined, epsilon: undefined, weightDecay: undefined }),
      adam(),
    ],
    ['sgd', sgd({ momentum: undefined, nesterov: undefined, weightDecay: undefined }), sgd()],
    ['adversarial', adversarial(attack, { cleanWeight: undefined }), adversarial(attack)],
    ['smoothedRelu', smoothedRelu({ power: undefined, threshold: undefined }), smoothedRelu()],
    ['polynomial', polynomial({ power: undefined }), polynomial()],
    [
      'convolution',
      convolution({
        channels: 2,
        window: undefined,
        stride: undefined,
        padding: undefined,
        bias: undefined,
      }),
      convolution({ channels: 2 }),
    ],
    ['dense', dense({ units: 2, bias: undefined }), dense({ units: 2 })],
    [
      'maxPooling',
      maxPooling({ window: 2, stride: undefined, padding: undefined }),
      maxPooling({ window: 2 }),
    ],
    [
      'averagePooling',
      averagePooling({ window: 2, stride: undefined, padding: undefined }),
      averagePooling({ window: 2 }),
    ],
    [
      'batchNormalization',
      batchNormalization({ momentum: undefined, epsilon: undefined }),
      batchNormalization(),
    ],
    ['smallCnn', smallCnn({ classes: 3, normalization: undefined }), smallCnn({ classes: 3 })],
    ['resnet8', resnet8({ classes: 3, normalization: undefined }), resnet8({ classes: 3 })],
  ])('of %s', (_, explicit, usual) => {
    expect(explicit).toEqual(usual)
  })

  it('of samples, patch networks, gradients and transfer', async () => {
    const sample = { stream: undefined, parts: undefined, precision: undefined, ...execution }
    const data = await smallDistribution().sample(3, sample)
    const usual = await smallDistribution().sample(3)
    expect(data.inputs()).toEqual(usual.inputs())
    const network = smallNetwork()
    const remade = new PatchNetwork({
      classes: 2,
      filtersPerClass: 3,
      dimension: 6,
      weights: network.weights,
      activation: undefined,
    })
    expect(remade).toEqual(network)
    const gradient = { loss: undefined, surrogateSlope: undefined, perturbation: undefined, ...execution }
    expect(await network.inputGradient(data, gradient)).toEqual(await network.inputGradient(data))
    const random = pgd({ radius: 0.1, randomStart: true })
    const found = await transfer(network, random, { seed: undefined }).perturb(network, data, execution)
    expect(found).toEqual(await transfer(network, random).perturb(network, data, {}))
  })

  it('of images', () => {
    const images = randomImages(1, { height: 4, width: 4 })
    expect(subset(images, { count: 2, seed: undefined })).toEqual(subset(images, { count: 2 }))
    const patches = PatchData.fromImages(images, { window: 2, stride: undefined, precision: undefined })
    expect(patches.inputs()).toEqual(PatchData.fromImages(images, { window: 2 }).inputs())
  })

  it('of evaluateRobustness and certify', async () => {
    const network = smallNetwork()
    const data = await smallDistribution().sample(4)
    const ball = { radius: 0.05, norm: undefined, budget: undefined, effort: undefined, ...execution }
    expect(await certify(network, data, ball)).toEqual(await certify(network, data, { radius: 0.05 }))
    const options = {
      attacks: [{ ...attack, bounds: undefined }],
      seed: undefined,
      keepPerturbations: undefined,
      certify: undefined,
      stopWhenFooled: undefined,
      ...execution,
    }
    const usual = await evaluateRobustness(network, data, { attacks: [attack] })
    expect(await evaluateRobustness(network, data, options)).toEqual(usual)
  })

  it('of train', async () => {
    const network = smallNetwork()
    const data = await smallDistribution().sample(4)
    const needed = { objective: standard(), learningRate: 0.1, iterations: 2 }
    const optional = {
      momentum: undefined,
      batchSize: undefined,
      seed: undefined,
      snapshots: undefined,
      ...execution,
    }
    const usual = await train(network, data, needed).finished
    const parts = [
      { record: undefined, checkpoint: undefined },
      {
        record: { every: undefined, features: undefined },
        checkpoint: { directory: temporaryFolder(), everySeconds: undefined },
      },
    ]
    for (const part of parts)
      expect(await train(network, data, { ...needed, ...optional, ...part }).finished).toEqual(usual)
  })
})

describeLayered('an option of layered networks that is undefined is one left out', () => {
  it('of LayeredNetwork and train', async () => {
    const data = randomImageData(2, { count: 3 })
    const architecture = { input: { height: 7, width: 9, channels: 3 }, layers: [dense({ units: 3 })] }
    const network = LayeredNetwork.initialize({ ...architecture, seed: undefined })
    expect(network).toEqual(LayeredNetwork.initialize(architecture))
    const { parameters } = network
    expect(new LayeredNetwork({ ...architecture, parameters, statistics: undefined })).toEqual(network)
    const needed = { objective: standard(), learningRate: 0.1, iterations: 2 }
    const optional = {
      epochs: undefined,
      batchSize: undefined,
      optimizer: undefined,
      seed: undefined,
      checkpoint: undefined,
      ...execution,
    }
    const parts = [
      { augmentation: undefined, record: undefined, snapshots: undefined },
      { augmentation: { padding: undefined, flip: undefined }, record: { every: undefined } },
    ]
    const usual = await train(network, data, needed).finished
    for (const part of parts)
      expect(await train(network, data, { ...needed, ...optional, ...part }).finished).toEqual(usual)
    const [snapshots, always] = [{ every: undefined }, {}].map(
      (kept) => train(network, data, { ...needed, snapshots: kept }).finished,
    )
    expect((await snapshots)?.snapshots).toEqual((await always)?.snapshots)
  })
})
