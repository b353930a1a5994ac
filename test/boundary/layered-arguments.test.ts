import { expect, it } from 'vitest'
import { RobustFeaturesError } from '../../src/native/errors.js'
import { layeredAddon } from '../../src/native/layered-addon.js'
import { failure } from '../helpers/errors.js'
import { describeLayered, randomImageData, randomNetwork, trainableLayers } from '../helpers/layered-cases.js'
import { gradientAscent } from '../helpers/reference-cases.js'

type Options = Record<string, unknown>

/** What a member of options may be by mistake. */
const mistakes: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => Number.NaN,
  () => -1,
  () => 1.5,
  () => 2 ** 40,
  () => 'text',
  () => true,
  () => ({}),
  () => [],
  () => [null],
  () => new Float32Array(1),
  () => new Float64Array(3).fill(Number.NaN),
  () => new Uint8Array(1e4),
  () => new Int32Array(5).fill(-7),
  () => detached(),
  () => new Float32Array(new SharedArrayBuffer(16)),
  () => Symbol('mistake'),
  () => {
    throw new RobustFeaturesError('INVALID_ARGUMENT', 'Expected a getter that is never called, got a call.')
  },
]

function detached(): Float32Array {
  const array = new Float32Array(4)
  structuredClone(array.buffer, { transfer: [array.buffer] })
  return array
}

const set = () => {
  const data = randomImageData(1)
  return { data: data.native, network: randomNetwork(trainableLayers, data).native }
}
const attack = () => gradientAscent({ steps: 1, budget: 'input', lower: 0, upper: 1 })
const trainer = (change: object = {}) => ({
  ...set(),
  attacks: [attack()],
  cleanWeight: 0.5,
  learningRates: new Float64Array(2).fill(0.1),
  optimizer: { kind: 'adam', beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 },
  batchSize: 3,
  padding: 1,
  flip: true,
  seed: 1,
  recordEvery: 1,
  iteration: 0,
  ...change,
})

type Call = (options: Options) => unknown
const cases: Record<string, () => { options: object; call: Call }> = {
  ImageData: () => {
    const { data } = set()
    const { samples, height, width, channels, classes } = data
    const images = data.images(0, samples)
    const options = { samples, height, width, channels, classes, images, labels: data.labels() }
    return { options, call: (changed) => new (layeredAddon().ImageData)(changed as never) }
  },
  architecture: () => ({
    options: set().network.architecture,
    call: (changed) => layeredAddon().layout(changed as never),
  }),
  ...Object.fromEntries(
    trainableLayers.map((_, index) => [
      `operation ${index}`,
      () => {
        const { architecture } = set().network
        const call: Call = (changed) => {
          const operations = architecture.operations.with(index, changed as never)
          return layeredAddon().layout({ ...architecture, operations })
        }
        return { options: architecture.operations[index] as object, call }
      },
    ]),
  ),
  network: () => {
    const { data, network } = set()
    return {
      options: network,
      call: (changed) => layeredAddon().forward(changed as never, data, undefined, { threads: 1 }),
    }
  },
  'forward and its perturbation': () => {
    const { data, network } = set()
    const call: Call = ({ perturbation, ...rest }) =>
      layeredAddon().forward(network, data, perturbation as never, rest as never)
    return { options: { perturbation: undefined, threads: 1, value: 6 }, call }
  },
  gradients: () => {
    const { data, network } = set()
    const call: Call = (changed) => layeredAddon().gradients(network, data, undefined, changed as never)
    return { options: { threads: 1, behaviour: 'training' }, call }
  },
  'match and its starts': () => {
    const { data, network } = set()
    const starts = new Float32Array(data.images(0, data.samples).length)
    const call: Call = ({ starts: changed, ...rest }) =>
      layeredAddon().match(network, data, changed as never, rest as never)
    return { options: { starts, threads: 1, value: 6, steps: 1, stepSize: 0.5 }, call }
  },
  attack: () => {
    const { data, network } = set()
    const options = {
      threads: 1,
      seed: 1,
      round: 0,
      keepPerturbations: true,
      stopWhenFooled: true,
      towardLabels: false,
    }
    return { options, call: (changed) => layeredAddon().attack(network, data, [attack()], changed as never) }
  },
  'an attack': () => {
    const { data, network } = set()
    const options = { threads: 1, seed: 1, round: 0, keepPerturbations: true, stopWhenFooled: true }
    const call: Call = (changed) => layeredAddon().attack(network, data, [changed as never], options)
    return { options: attack(), call }
  },
  Trainer: () => ({
    options: trainer({ iteration: 1, moments: new Float32Array(3), sums: new Float64Array(6) }),
    call: (changed) => new (layeredAddon().Trainer)(changed as never),
  }),
  optimizer: () => ({
    options: trainer().optimizer,
    call: (changed) => new (layeredAddon().Trainer)(trainer({ optimizer: changed }) as never),
  }),
}

describeLayered('arguments that are nearly right end in the package’s error or a result', () => {
  it.each(Object.keys(cases))('%s', async (name) => {
    const { options, call } = cases[name]!()
    let refused = 0
    for (const member of Object.keys(options)) {
      for (const mistake of mistakes) {
        const changed = Object.defineProperty({ ...options }, member, { get: mistake, enumerable: true })
        const error = await ending(() => call(changed as Options))
        if (error === undefined) continue
        refused++
        expect({ member, error }).toEqual({ member, error: expect.any(RobustFeaturesError) })
        const { code, message } = error as RobustFeaturesError
        expect({ member, message, code }).toMatchObject({ code: 'INVALID_ARGUMENT' })
        expect(message).toMatch(/^[^\n]+\.$/)
      }
    }
    expect(refused).toBeGreaterThan(5)
  })
})

describeLayered('lists that a getter in them lengthens', () => {
  it('are read up to their first length', () => {
    const mean: number[] = []
    Object.defineProperty(mean, 0, {
      get() {
        mean.push(0)
        return 0
      },
    })
    const operations = [
      { kind: 'normalization' as const, input: 0, mean, deviation: [1] },
      { kind: 'dense' as const, input: 1, outputs: 2, bias: false },
    ]
    const architecture = { height: 2, width: 2, channels: 1, operations }
    expect(layeredAddon().layout(architecture).length).toBe(2)
    expect(mean.length).toBe(2)
  })
})

describeLayered('options of an attack that contradict one another', () => {
  it('are refused: toward labels, an image outside of its class is one to go on with', async () => {
    const { data, network } = set()
    const options = { threads: 1, seed: 1, round: 0, keepPerturbations: true }
    const attacked = (ending: { stopWhenFooled: boolean; towardLabels: boolean }) =>
      layeredAddon().attack(network, data, [attack()], { ...options, ...ending })
    expect(
      await failure('INVALID_ARGUMENT', () => attacked({ stopWhenFooled: true, towardLabels: true })),
    ).toBe('Expected `options.stopWhenFooled` to be false where towardLabels is true.')
    await attacked({ stopWhenFooled: true, towardLabels: false })
    await attacked({ stopWhenFooled: false, towardLabels: true })
  })
})

async function ending(action: () => unknown): Promise<unknown> {
  try {
    await action()
    return undefined
  } catch (error) {
    return error
  }
}
