import { beforeAll, expect, it } from 'vitest'
import { layeredAddon } from '../../src/native/layered-addon.js'
import type {
  LayeredAddon,
  NativeImageData,
  NativeLayeredTrainerOptions,
} from '../../src/native/layered-contract.js'
import { contractReader, expectClass, expectMembers, names, watched } from '../helpers/contract-members.js'
import { failure } from '../helpers/errors.js'
import { describeLayered, randomImageData, randomNetwork, trainableLayers } from '../helpers/layered-cases.js'
import { gradientAscent } from '../helpers/reference-cases.js'

const membersOf = contractReader('layered-contract.ts')
const coreMembersOf = contractReader('contract.ts')
const execution = () => coreMembersOf('NativeExecution')

let addon: LayeredAddon
let data: NativeImageData

function network() {
  return randomNetwork(trainableLayers, randomImageData(1)).native
}

function starts(): Float32Array {
  return new Float32Array(data.images(0, data.samples).length).fill(0.5)
}

const attacks = [gradientAscent({ steps: 1, budget: 'input', lower: 0, upper: 1 })]

function trainerOptions(options: Partial<NativeLayeredTrainerOptions> = {}): NativeLayeredTrainerOptions {
  return {
    network: network(),
    data,
    attacks,
    cleanWeight: 0.5,
    learningRates: new Float64Array(3).fill(0.1),
    optimizer: { kind: 'sgd', momentum: 0.9, nesterov: false, weightDecay: 0 },
    batchSize: 2,
    padding: 1,
    flip: true,
    seed: 3,
    recordEvery: 1,
    iteration: 0,
    ...options,
  }
}

describeLayered('the addon and layered-contract.ts', () => {
  beforeAll(() => {
    addon = layeredAddon()
    data = randomImageData(1).native
  })

  it('have the same members', () => {
    expectMembers(addon, membersOf('LayeredAddon'))
    expectClass(addon.Cancellation, coreMembersOf('NativeCancellation'))
    expectClass(addon.ImageData, membersOf('NativeImageData'))
    expectClass(addon.Trainer, membersOf('NativeLayeredTrainer'))
    expect(addon.information()).toEqual({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      onednn: { version: expect.stringMatching(/^\d+\.\d+/), instructionSet: expect.any(String) },
    })
  })

  it('have the same results', async () => {
    const members = (name: string, ...left: string[]) =>
      names(membersOf(name)).filter((member) => !left.includes(member))
    const [range] = addon.layout(network().architecture)
    expect(Object.keys(range!).sort()).toEqual(members('NativeParameterRange'))
    const output = await addon.forward(network(), data, undefined, { threads: 1, value: 6 })
    expect(Object.keys(output).sort()).toEqual(members('NativeLayeredForwardResult'))
    const gradients = (behaviour: 'training' | 'evaluation') =>
      addon.gradients(network(), data, undefined, { threads: 1, behaviour })
    expect(Object.keys(await gradients('training')).sort()).toEqual(
      members('NativeLayeredGradientResult', 'imageGradient'),
    )
    expect(Object.keys(await gradients('evaluation')).sort()).toEqual(
      members('NativeLayeredGradientResult', 'parameterGradient', 'statistics'),
    )
    const found = await addon.attack(network(), data, attacks, {
      seed: 1,
      round: 0,
      keepPerturbations: true,
      stopWhenFooled: false,
      threads: 1,
    })
    expect(Object.keys(found).sort()).toEqual(members('NativeLayeredAttackResult'))
    const matched = await addon.match(network(), data, starts(), {
      value: 6,
      steps: 1,
      stepSize: 1,
      threads: 1,
    })
    expect(Object.keys(matched).sort()).toEqual(members('NativeMatchResult'))
    const advance = async (options: Partial<NativeLayeredTrainerOptions>) => {
      const trainer = new addon.Trainer(trainerOptions(options))
      return trainer.advance({ threads: 1, seconds: Number.POSITIVE_INFINITY })
    }
    const both = await advance({})
    expect(both.status).toBe('finished')
    expect(Object.keys(both.records[0]!).sort()).toEqual(members('NativeLayeredTrainingRecord'))
    const clean = await advance({ attacks: [] })
    expect(Object.keys(clean.records[0]!).sort()).toEqual(
      members('NativeLayeredTrainingRecord', 'adversarialLoss', 'adversarialAccuracy'),
    )
  })

  it('have the same options, of which every one is read', async () => {
    const [images, labels] = [data.images(0, data.samples), data.labels()]
    const given = watched({ ...sizesOf(data), images, labels })
    new addon.ImageData(given.options)
    expect(given.read()).toEqual(names(membersOf('NativeImageDataOptions')))

    const watchedNetwork = watched(network())
    const architecture = watched(network().architecture)
    addon.layout(architecture.options)
    expect(architecture.read()).toEqual(names(membersOf('NativeArchitecture')))
    const forward = watched({ threads: 1, value: 6 })
    await addon.forward(watchedNetwork.options, data, undefined, forward.options)
    expect(watchedNetwork.read()).toEqual(names(membersOf('NativeLayeredNetwork')))
    expect(forward.read()).toEqual(
      [...names(membersOf('NativeLayeredForwardOptions')), ...names(execution())].sort(),
    )

    const gradients = watched({ threads: 1, behaviour: 'training' as const })
    await addon.gradients(network(), data, undefined, gradients.options)
    expect(gradients.read()).toEqual(
      [...names(membersOf('NativeLayeredGradientOptions')), ...names(execution())].sort(),
    )

    const matched = watched({ threads: 1, value: 6, steps: 1, stepSize: 1 })
    await addon.match(network(), data, starts(), matched.options)
    expect(matched.read()).toEqual([...names(membersOf('NativeMatchOptions')), ...names(execution())].sort())

    const attack = watched({
      threads: 1,
      seed: 1,
      round: 0,
      keepPerturbations: false,
      stopWhenFooled: false,
      towardLabels: true,
    })
    await addon.attack(network(), data, attacks, attack.options)
    expect(attack.read()).toEqual(
      [...names(membersOf('NativeLayeredAttackOptions')), ...names(execution())].sort(),
    )

    const trainer = watched(trainerOptions())
    new addon.Trainer(trainer.options)
    expect(trainer.read()).toEqual(names(membersOf('NativeLayeredTrainerOptions')))
  })
})

describeLayered('a value that is asked for', () => {
  it('is refused where no pass makes it by itself', async () => {
    // The batch normalisation is folded into the convolution before it, and the ReLU is done on the way.
    for (const value of [1, 2])
      expect(
        await failure('INVALID_ARGUMENT', () =>
          addon.forward(network(), data, undefined, { threads: 1, value }),
        ),
      ).toContain('`options.value`')
  })
})

function sizesOf({ samples, height, width, channels, classes }: NativeImageData) {
  return { samples, height, width, channels, classes }
}
