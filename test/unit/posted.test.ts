import { describe, expect, it } from 'vitest'
import {
  adversarial,
  createImageDataset,
  dense,
  featureAligned,
  ImageData,
  LayeredNetwork,
  PatchDistribution,
  PatchNetwork,
  pgd,
  RobustFeaturesError,
  standard,
  train,
  transfer,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { smallDistribution, smallNetwork } from '../helpers/library-cases.js'

const distribution = smallDistribution()
const data = await distribution.sample(12)
const network = smallNetwork()
const plain = { learningRate: 0.1, iterations: 3 }

/** What docs/library.md says of worker threads: a message is cloned in this way. */
describe('posted to a worker', () => {
  it('objectives train to the same bits', async () => {
    const attacks = [pgd({ radius: 0.1 }), featureAligned(distribution, { radius: 0.1 })]
    for (const objective of [standard(), adversarial(attacks)]) {
      const here = await train(network, data, { ...plain, objective }).finished
      const there = await train(network, data, { ...plain, objective: structuredClone(objective) }).finished
      expect(there.network).toEqual(here.network)
      expect(structuredClone(here.history)).toEqual(here.history)
    }
  })

  it('networks are fields, of which their class makes networks again', async () => {
    const posted = structuredClone(network)
    await failure('INVALID_ARGUMENT', () => train(posted, data, { ...plain, objective: standard() }))
    expect(new PatchNetwork(posted)).toEqual(network)
    const input = { height: 4, width: 4, channels: 1 }
    const layered = LayeredNetwork.initialize({ input, layers: [dense({ units: 2 })] })
    const { layers, parameters, statistics } = layered
    const fields = structuredClone({ input, layers, parameters, statistics })
    expect(new LayeredNetwork(fields).tensors()).toEqual(layered.tensors())
  })

  it('distributions are made again of their options', async () => {
    const again = new PatchDistribution(structuredClone(distribution.options))
    expect((await again.sample(12)).inputs()).toEqual(data.inputs())
  })

  it('data are without their samples', () => {
    expect(structuredClone(data)).toEqual({ native: {} })
    const images = ImageData.fromImages(
      createImageDataset({
        name: 'one',
        images: new Uint8Array(4),
        labels: Uint8Array.of(0, 1),
        height: 2,
        width: 1,
        channels: 1,
        classes: 2,
      }),
    )
    expect(structuredClone(images).native).toEqual({})
  })

  it('functions are not at all, and errors lose their code', () => {
    expect(() => structuredClone(transfer(network, pgd({ radius: 0.1 })))).toThrow('could not be cloned')
    const error = structuredClone(new RobustFeaturesError('DIVERGED', 'Why.'))
    expect([error instanceof RobustFeaturesError, error.message, error.code]).toEqual([
      false,
      'Why.',
      undefined,
    ])
  })
})
