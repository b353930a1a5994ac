import { describe, expect, it } from 'vitest'
import { failure } from '../helpers/errors.js'
import { addon, problem, trainerOptions } from '../helpers/native-cases.js'
import { gradientAscent } from '../helpers/reference-cases.js'

const current = problem('float32', 1)
const { network, data } = current
const trainer = () => new addon.Trainer(trainerOptions(current))

/** Things that are no handle of the expected class; some of them look like one. */
const strangers: readonly (readonly [string, () => unknown])[] = [
  ['undefined', () => undefined],
  ['a plain object', () => ({})],
  ['an object of the same members', () => ({ samples: 1, labels: () => [], cancel() {}, iteration: 0 })],
  ['the prototype', () => addon.PatchData.prototype],
  ['an heir of data', () => Object.create(data)],
  ['an heir of the prototype', () => Object.create(addon.PatchData.prototype)],
  ['a proxy of data', () => new Proxy(data, {})],
  ['a clone of data', () => structuredClone({ ...data })],
  ['the class', () => addon.PatchData],
]

describe('foreign objects', () => {
  const foreign = [
    ...strangers,
    ['a Cancellation', () => new addon.Cancellation()],
    ['a Trainer', () => trainer()],
  ] as const

  it.each(foreign)('as PatchData: %s', async (_, stranger) => {
    const given = stranger() as never
    await failure('INVALID_ARGUMENT', () => addon.forward(network, given, undefined, { threads: 1 }))
    await failure('INVALID_ARGUMENT', () => new addon.Trainer(trainerOptions({ network, data: given })))
  })

  it.each([
    ...strangers.filter(([name]) => name !== 'undefined'),
    ['PatchData', () => data],
    ['a Trainer', () => trainer()],
  ] as const)('as Cancellation: %s', async (_, stranger) => {
    const cancellation = stranger() as never
    await failure('INVALID_ARGUMENT', () =>
      addon.forward(network, data, undefined, { threads: 1, cancellation }),
    )
  })
})

describe('methods and accessors on a wrong receiver', () => {
  const receivers: readonly (readonly [string, () => unknown])[] = [
    ...strangers,
    ['1', () => 1],
    ['null', () => null],
    ['PatchData', () => data],
    ['a Cancellation', () => new addon.Cancellation()],
    ['a Trainer', () => trainer()],
  ]

  it.each([
    ['PatchData', addon.PatchData],
    ['Trainer', addon.Trainer],
    ['Cancellation', addon.Cancellation],
  ] as const)('%s', (own, Class) => {
    const { constructor: _, ...members } = Object.getOwnPropertyDescriptors(Class.prototype)
    for (const { get, value } of Object.values(members) as PropertyDescriptor[]) {
      const member = get ?? (value as () => unknown)
      for (const [name, receiver] of receivers) {
        if (name.endsWith(own)) continue
        // Of methods V8 says it itself.
        expect(() => member.call(receiver())).toThrow(
          get ? /^Expected `this` to be .*\.$/ : /^Illegal invocation$/,
        )
      }
    }
  })

  it('an object made by one class with the prototype of another', () => {
    const mixed = Reflect.construct(addon.Cancellation, [], addon.Trainer) as unknown as { iteration: number }
    expect(() => mixed.iteration).toThrow('Expected `this` to be a Trainer.')
  })

  it('classes called as functions', () => {
    for (const Class of [addon.PatchData, addon.Trainer, addon.Cancellation]) {
      expect(() => (Class as unknown as () => unknown)()).toThrow(TypeError)
    }
  })

  it('classes extended by JavaScript classes work', async () => {
    class Named extends addon.PatchData {
      readonly own = 'named'
    }
    const named = new Named({ ...current.oracle.data, inputs: Float32Array.from(current.oracle.data.inputs) })
    expect(named.own).toBe('named')
    const options = { threads: 1 }
    expect(await addon.forward(network, named, undefined, options)).toEqual(
      await addon.forward(network, data, undefined, options),
    )
  })
})

describe('a trainer that is advancing', () => {
  it('refuses to advance again or to be read, and goes on', async () => {
    const own = new addon.Trainer(
      trainerOptions(problem('float32', 2, { samples: 2000 }), {
        learningRates: new Float64Array(50).fill(1e-3),
        attacks: [gradientAscent()],
      }),
    )
    const options = { threads: 2, seconds: Number.POSITIVE_INFINITY }
    const advancing = own.advance(options)
    await failure('INVALID_ARGUMENT', () => own.advance(options))
    await failure('INVALID_ARGUMENT', () => own.weights())
    await failure('INVALID_ARGUMENT', () => own.velocity())
    await failure('INVALID_ARGUMENT', () => own.iteration)
    expect((await advancing).status).toBe('finished')
    expect(own.iteration).toBe(50)
    expect(own.weights().length).toBe(network.weights.length)
  })

  it('is idle again after a refused option', async () => {
    const own = trainer()
    await failure('INVALID_ARGUMENT', () => own.advance({ threads: 0, seconds: 1 }))
    await failure('INVALID_ARGUMENT', () => own.advance({ threads: 1, seconds: Number.NaN }))
    expect((await own.advance({ threads: 1, seconds: 0 })).iteration).toBe(1)
  })

  it('does not hold up other operations on the same data', async () => {
    const own = trainer()
    const [advance, forward] = await Promise.all([
      own.advance({ threads: 2, seconds: Number.POSITIVE_INFINITY }),
      addon.forward(network, data, undefined, { threads: 2 }),
    ])
    expect(advance.status).toBe('finished')
    expect(forward.scores.length).toBe(data.samples * network.classes)
  })
})

describe('cancellation', () => {
  const large = problem('float32', 3, { samples: 3000, patches: 8, dimension: 16 })
  const heavy = gradientAscent({ steps: 1000, restarts: 100 })
  const sampling = {
    precision: 'float32',
    samples: 100000,
    classes: 2,
    dimension: 16,
    robustPatches: 1,
    nonRobustPatches: 1,
    robustStrength: { low: 1, high: 1 },
    nonRobustStrength: { low: 1, high: 1 },
    noise: 1,
    robustFeatures: new Float64Array(32),
    nonRobustFeatures: new Float64Array(32),
    shuffled: true,
    parts: 'all',
    seed: 1,
    stream: 's',
  } as const
  const requests = { loss: 'margin', surrogateSlope: 0, weights: true, inputs: true } as const
  type Start = (execution: {
    threads: number
    cancellation: InstanceType<typeof addon.Cancellation>
  }) => Promise<unknown>
  const operations: readonly (readonly [string, Start])[] = [
    ['samplePatchData', (execution) => addon.samplePatchData({ ...sampling, ...execution })],
    ['forward', (execution) => addon.forward(large.network, large.data, undefined, execution)],
    [
      'gradients',
      (execution) => addon.gradients(large.network, large.data, undefined, { ...requests, ...execution }),
    ],
    [
      'attack',
      (execution) => {
        const options = { seed: 1, round: 0, keepPerturbations: true, ...execution }
        return addon.attack(large.network, large.data, [heavy], options)
      },
    ],
  ]

  it.each(operations)('before %s', async (_, start) => {
    const cancellation = new addon.Cancellation()
    cancellation.cancel()
    await failure('ABORTED', () => start({ threads: 2, cancellation }))
  })

  it.each(operations)('right after the start of %s', async (_, start) => {
    const cancellation = new addon.Cancellation()
    const running = start({ threads: 2, cancellation })
    cancellation.cancel()
    await failure('ABORTED', () => running)
  })

  it('one Cancellation stops all it was given to, again and again', async () => {
    const cancellation = new addon.Cancellation()
    const running = operations.map(([, start]) => start({ threads: 2, cancellation }))
    cancellation.cancel()
    cancellation.cancel()
    await Promise.all(running.map((operation) => failure('ABORTED', () => operation)))
  })

  it('reaches into a tile: an attack of hours stops', async () => {
    const one = problem('float32', 4, { samples: 1 })
    const endless = gradientAscent({ steps: 1000000, restarts: 1000 })
    const options = { seed: 1, round: 0, keepPerturbations: false, threads: 1 }
    const cancellation = new addon.Cancellation()
    const running = addon.attack(one.network, one.data, [endless], { ...options, cancellation })
    setTimeout(() => cancellation.cancel(), 20)
    await failure('ABORTED', () => running)

    const stop = new addon.Cancellation()
    const own = new addon.Trainer(trainerOptions(one, { attacks: [endless] }))
    const advancing = own.advance({ threads: 1, seconds: Number.POSITIVE_INFINITY, cancellation: stop })
    setTimeout(() => stop.cancel(), 20)
    expect(await advancing).toEqual({ iteration: 0, status: 'cancelled', records: [] })
  })

  it('leaves a trainer between two iterations, ready to go on', async () => {
    const own = new addon.Trainer(
      trainerOptions(large, { learningRates: new Float64Array(100000), recordEvery: 1000 }),
    )
    const seen: number[] = []
    for (let turn = 0; turn < 5; turn++) {
      const cancellation = new addon.Cancellation()
      const advancing = own.advance({ threads: 2, seconds: Number.POSITIVE_INFINITY, cancellation })
      setTimeout(() => cancellation.cancel(), 5)
      const { status, iteration, records } = await advancing
      expect(status).toBe('cancelled')
      expect(own.iteration).toBe(iteration)
      expect(own.weights()).toEqual(large.network.weights)
      seen.push(...records.map((record) => record.iteration))
    }
    expect(new Set(seen).size).toBe(seen.length)
  })
})
