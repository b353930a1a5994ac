import { describe, expect, it } from 'vitest'
import { imageAttack } from '../../src/attacks/image-attack.js'
import {
  adam,
  adversarial,
  convolution,
  createImageDataset,
  dense,
  evaluateRobustness,
  featureAligned,
  ImageData,
  imageAttackSuite,
  type LayeredTrainOptions,
  pgd,
  residual,
  resnet8,
  sgd,
  smallCnn,
  standard,
  train,
  transfer,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import {
  describeLayered,
  randomImageData,
  randomImages,
  randomNetwork,
  trainableLayers,
} from '../helpers/layered-cases.js'
import { smallDistribution } from '../helpers/library-cases.js'
import { projectRoot, runNode } from '../helpers/run-node.js'

describe('options of layers and optimizers', () => {
  it('are checked when they are given', async () => {
    const wrong: (() => unknown)[] = [
      () => convolution({ channels: 0 }),
      () => convolution({ channels: 2, stride: 0 }),
      () => dense({ units: 1.5 }),
      () => residual([]),
      () => sgd({ momentum: 1 }),
      () => sgd({ nesterov: true }),
      () => adam({ epsilon: 0 }),
      () => smallCnn({ classes: 1 }),
      () => imageAttackSuite({ radius: -1 }),
    ]
    for (const action of wrong) await failure('INVALID_ARGUMENT', action)
    await failure('UNKNOWN_OPTION', () => convolution({ channels: 2, strides: 2 } as never))
    await failure('UNKNOWN_OPTION', () => resnet8({ classes: 2, depth: 3 } as never))
  })
})

describe('attacks on images', () => {
  it('have one ball and pixels in [0, 1], whatever they were made with', () => {
    const { budget, bounds, native, name } = imageAttack(pgd({ norm: 'linf', radius: 0.1 }))
    expect({ budget, bounds }).toEqual({ budget: 'input', bounds: [0, 1] })
    expect(native).toMatchObject({ budget: 'input', lower: 0, upper: 1 })
    expect(name).toBe('pgd-10-linf-0.1-input')
  })

  it('are refused when they ask for what images have not', async () => {
    const wrong = [
      pgd({ radius: 1, surrogateSlope: 0.1 }),
      pgd({ radius: 1, space: 'gram' }),
      pgd({ radius: 1, bounds: [-1, 1] }),
      featureAligned(smallDistribution(), { radius: 1 }),
    ]
    for (const attack of wrong) {
      expect(await failure('INVALID_ARGUMENT', () => imageAttack(attack))).toMatch(
        /on a layered network to have/,
      )
    }
  })
})

describeLayered('ImageData', () => {
  it('holds what a data set does, and selects from it', async () => {
    const dataset = randomImages(1)
    const data = ImageData.fromImages(dataset)
    const { count, height, width, channels, classes } = dataset
    const { samples, inputSize } = data
    expect({
      samples,
      height: data.height,
      width: data.width,
      channels: data.channels,
      classes: data.classes,
    }).toEqual({
      samples: count,
      height,
      width,
      channels,
      classes,
    })
    expect(inputSize).toBe(height * width * channels)
    expect(data.images()).toEqual(dataset.images)
    expect(data.images(1, 2)).toEqual(dataset.images.slice(inputSize, 3 * inputSize))
    expect(data.inputs(2, 1)).toEqual(Float32Array.from(data.images(2, 1), (byte) => byte / 255))
    expect([...data.labels()]).toEqual([...dataset.labels])
    const some = data.select([4, 0, 4])
    expect(some.images(1, 1)).toEqual(data.images(0, 1))
    expect([...some.labels()]).toEqual([dataset.labels[4], dataset.labels[0], dataset.labels[4]])
    await failure('INVALID_ARGUMENT', () => data.select([count]))
    await failure('INVALID_ARGUMENT', () => data.images(0, count + 1))
  })

  it('refuses what is no data set', async () => {
    for (const wrong of [null, undefined, 3, {}, { images: [], labels: [] }]) {
      await failure('INVALID_ARGUMENT', () => ImageData.fromImages(wrong as never))
    }
    const { images, ...rest } = randomImages(1)
    await failure('INVALID_ARGUMENT', () => ImageData.fromImages({ ...rest, images: images.subarray(1) }))
    await failure('INVALID_ARGUMENT', () => ImageData.fromImages({ ...rest, images, classes: 1 }))
    expect(createImageDataset(randomImages(1)).count).toBe(5)
  })
})

describeLayered('train and evaluateRobustness on layered networks', () => {
  const set = () => {
    const data = randomImageData(1)
    return { data, network: randomNetwork(trainableLayers, data) }
  }
  const options: LayeredTrainOptions = { objective: standard(), learningRate: 0.1, iterations: 1 }

  it('refuse wrong options at the call', async () => {
    const { network, data } = set()
    const refused = (change: object) =>
      failure('INVALID_ARGUMENT', () => train(network, data, { ...options, ...change }))
    expect(await refused({ epochs: 2 })).toContain('`epochs`')
    expect(await refused({ iterations: undefined })).toContain('`epochs`')
    expect(await refused({ batchSize: 0 })).toContain('`batchSize`')
    expect(await refused({ optimizer: { kind: 'sgd' } })).toContain('momentum')
    expect(await refused({ augmentation: { padding: -1 } })).toContain('padding')
    const objective = adversarial(pgd({ radius: 1, surrogateSlope: 1 }))
    expect(await refused({ objective })).toContain('surrogateSlope')
    await failure('UNKNOWN_OPTION', () => train(network, data, { ...options, momentum: 0.9 } as never))
    const { data: larger } = { data: randomImageData(1, { height: 20 }) }
    await failure('INVALID_ARGUMENT', () => train(network, larger, options))
    await failure('INVALID_ARGUMENT', () => train(network, randomImageData(1, { count: 0 }), options))
  })

  it('refuse what layered networks have not', async () => {
    const { network, data } = set()
    const attacks = [pgd({ radius: 0.1 })]
    const proof = evaluateRobustness(network, data, { attacks, certify: true })
    expect(await failure('INVALID_ARGUMENT', () => proof)).toBe(
      'Expected `certify` to be left out or false for images, which have no certificate, got true.',
    )
    const foreign = { name: 'patches' } as never
    expect(
      await failure('INVALID_ARGUMENT', () => evaluateRobustness(network, foreign, { attacks })),
    ).toContain('`data` to be an ImageData')
  })

  it('trains nothing in no iterations', async () => {
    const { network, data } = set()
    const { network: same, history } = await train(network, data, { ...options, iterations: 0 }).finished
    expect(same.parameters).toEqual(network.parameters)
    expect(history).toEqual([])
  })

  it('take attacks of users, and those made against another network', async () => {
    const { network, data } = set()
    const other = randomNetwork(trainableLayers, data, 9)
    const attack = pgd({ norm: 'linf', radius: 0.2, steps: 3, restarts: 2 })
    const still = {
      name: 'nothing',
      norm: 'linf' as const,
      radius: 0.2,
      budget: 'input' as const,
      perturb: async () => new Float32Array(data.samples * data.inputSize),
    }
    const attacks = [still, transfer(network, attack), transfer(other, attack)]
    const { outcomes, threat } = await evaluateRobustness(network, data, { attacks })
    const clean = await network.evaluate(data)
    expect(threat).toEqual({ norm: 'linf', radius: 0.2, budget: 'input', bounds: [0, 1] })
    expect(outcomes[0]!.margin).toEqual(clean.margin)
    const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length
    expect(mean(outcomes[1]!.margin)).toBeLessThan(mean(clean.margin))
    const outside = {
      ...still,
      perturb: async () => new Float32Array(data.samples * data.inputSize).fill(0.2),
    }
    expect(
      await failure('INVALID_ARGUMENT', () => evaluateRobustness(network, data, { attacks: [outside] })),
    ).toContain('within [0,1]')
  })
})

describe('without the addon of layered networks', () => {
  it('everything else works, and asking for one says how to get it', async () => {
    const code = `
      process.env.ROBUST_FEATURES_LAYERED_ADDON = '/nowhere/robust_features_layered.node'
      const { PatchNetwork, LayeredNetwork, smallCnn } = await import('robust-features')
      PatchNetwork.initialize({ classes: 2, dimension: 2, filtersPerClass: 1 })
      const input = { height: 28, width: 28, channels: 1 }
      try { LayeredNetwork.initialize({ input, layers: smallCnn({ classes: 10 }) }) }
      catch ({ code, message }) { console.log(code, message) }`
    const { stdout, stderr } = await runNode(['--input-type=module', '-e', code], { cwd: projectRoot })
    expect(stderr).toBe('')
    expect(stdout).toMatch(
      /^NATIVE_ADDON_UNAVAILABLE Expected ROBUST_FEATURES_LAYERED_ADDON to name an addon of layered networks .*main\.mjs.*\n$/,
    )
  })
})
