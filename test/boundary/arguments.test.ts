import { describe, expect, it } from 'vitest'
import type { NativePatchDataOptions } from '../../src/native/contract.js'
import { at, calls, type Path, placesIn, withValueAt } from '../helpers/calls.js'
import { failure } from '../helpers/errors.js'
import { addon, problem } from '../helpers/native-cases.js'
import { gradientAscent } from '../helpers/reference-cases.js'

/** Places where nothing stands for a default. */
const optional = ['layout', 'velocity', 'cancellation', 'until']
const optionalArgument: Record<string, number> = { forward: 2, gradients: 2 }
/** Numbers that may be infinite, and integers from 0 that are no array's length. */
const mayBeInfinite = ['lower', 'upper', 'seconds']
/** Arrays of any length, or of any length that is a whole number of rows. */
const anyLength: readonly (readonly [string, Path])[] = [
  ['PatchData.select', [0]],
  ['new Trainer', [0, 'learningRates']],
  ['kernels.norm', [1]],
]
/** Arrays that may also be empty. */
const mayBeEmpty: typeof anyLength = [
  ['new Trainer', [0, 'probes']],
  ['kernels.project', [3]],
]

function isIn(places: typeof anyLength, call: string, path: Path): boolean {
  return places.some(([name, place]) => name === call && place.join() === path.join())
}
/** What a number of the wrong type, of no value or of no meaning looks like. */
const notNumbers = ['1', null, undefined, true, {}, [1], 1n, Symbol('1'), () => 1, Number.NaN]

function wrongValues(call: string, path: Path, value: unknown): unknown[] {
  const name = path.at(-1)!
  const mayBeAbsent =
    optional.includes(String(name)) || (path.length === 1 && optionalArgument[call] === path[0])
  const present = (values: unknown[]) =>
    mayBeAbsent ? values.filter((wrong) => wrong !== undefined) : values
  switch (typeof value) {
    case 'number':
      return [
        ...present(notNumbers),
        ...(mayBeInfinite.includes(String(name)) ? [] : [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]),
      ]
    case 'boolean':
      return [0, 1, 'true', null, undefined, {}]
    case 'string':
      return [0, null, undefined, {}, Symbol('name'), new String(value)]
    default:
      return present([null, undefined, 0, 'x', true, () => 0, 1n])
  }
}

describe.each(calls.map((call) => [call.name, call] as const))('%s', (_, call) => {
  it('takes what the tests below spoil', async () => {
    await call.invoke(...call.arguments())
  })

  it('refuses no arguments at all', async () => {
    await failure('INVALID_ARGUMENT', () => call.invoke())
  })

  it.each(placesIn(call.arguments()).map((path) => [path.join('.'), path] as const))(
    'refuses values of the wrong type at %s',
    async (_, path) => {
      for (const wrong of wrongValues(call.name, path, at(call.arguments(), path))) {
        const given = withValueAt(call.arguments(), path, wrong)
        const message = await failure('INVALID_ARGUMENT', () => call.invoke(...given))
        expect(message).toMatch(/^Expected `.+` to be .+\.$/)
        const name = path.findLast((key) => typeof key === 'string')
        if (path.length > 1 && typeof path.at(-1) === 'string') expect(message).toContain(name)
      }
    },
  )

  const arrays = placesIn(call.arguments()).filter((path) => ArrayBuffer.isView(at(call.arguments(), path)))
  it.each(arrays.map((path) => [path.join('.'), path] as const))(
    'refuses unusable arrays at %s',
    async (_, path) => {
      const original = at(call.arguments(), path) as Float64Array
      const Type = original.constructor as Float64ArrayConstructor
      const detached = original.slice()
      structuredClone(detached, { transfer: [detached.buffer] })
      const shared = new Type(new SharedArrayBuffer(original.byteLength) as unknown as ArrayBuffer)
      const wrong: unknown[] = [
        [...original],
        new DataView(original.buffer as ArrayBuffer),
        original.buffer,
        new Uint8Array(original.length),
        new BigInt64Array(original.length),
        detached,
        shared,
        Type === (Int32Array as unknown)
          ? new Float64Array(original.length)
          : new Int32Array(original.length),
        ...(isIn(anyLength, call.name, path) ? [] : [original.slice(1), new Type(original.length + 1)]),
        ...(isIn([...anyLength, ...mayBeEmpty], call.name, path) ? [] : [new Type(0)]),
      ]
      for (const value of wrong) {
        const given = withValueAt(call.arguments(), path, value)
        await failure('INVALID_ARGUMENT', () => call.invoke(...given))
      }
    },
  )

  const numbers = placesIn(call.arguments()).filter((path) => typeof at(call.arguments(), path) === 'number')
  it.each(numbers.map((path) => [path.join('.'), path] as const))(
    'survives any number at %s',
    async (_, path) => {
      for (const value of [-1, -0, 0.5, 1.5, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 64, 1e300, -1e300, 5e-324]) {
        const given = withValueAt(call.arguments(), path, value)
        const outcome = Promise.resolve().then(() => call.invoke(...given))
        const refusal = await outcome.then(
          () => undefined,
          (error: unknown) => error,
        )
        if (refusal !== undefined) {
          expect(refusal).toMatchObject({
            name: 'RobustFeaturesError',
            message: expect.stringMatching(/^[^\r\n]+\.$/),
          })
        }
      }
    },
  )
})

describe('options that act when they are read', () => {
  const { network, data } = problem('float64', 5)

  it('what a getter throws comes out as it is', () => {
    const reason = new Error('mine')
    const options = {
      get threads(): number {
        throw reason
      },
    }
    expect(() => addon.forward(network, data, undefined, options)).toThrow(reason)
  })

  it('a getter that detaches or shrinks an array that was read before', async () => {
    const { oracle } = problem('float64', 6)
    const expected = new addon.PatchData(oracle.data)
    const inputs = Float64Array.from(oracle.data.inputs)
    const labels = Int32Array.from(oracle.data.labels)
    const options: NativePatchDataOptions = {
      ...oracle.data,
      labels,
      get inputs() {
        structuredClone(labels, { transfer: [labels.buffer] })
        return inputs
      },
    }
    const found = new addon.PatchData(options)
    expect(found.labels()).toEqual(expected.labels())
    expect(labels.length).toBe(0)
  })

  it('a getter that lengthens the list it is in', async () => {
    const { network, data } = problem('float32', 1)
    const attacks: ReturnType<typeof gradientAscent>[] = []
    const attack = Object.defineProperty({ ...gradientAscent({ steps: 1 }) }, 'kind', {
      get() {
        // As long as the addon would follow, but for the sake of a failing test not for ever.
        if (attacks.length < 2000) attacks.push(attack)
        return 'gradientAscent'
      },
    })
    attacks.push(attack)
    const options = { seed: 1, round: 1, keepPerturbations: false, threads: 1 }
    const { margin } = await addon.attack(network, data, attacks, options)
    expect(margin.length).toBe(data.samples)
    expect(attacks.length).toBeLessThan(5)
  })

  it('a view whose resizable buffer has shrunk below it', async () => {
    // Newer than the library this project compiles against.
    const Resizable = ArrayBuffer as unknown as new (
      length: number,
      options: { maxByteLength: number },
    ) => ArrayBuffer & { resize(length: number): void }
    const buffer = new Resizable(1 << 20, { maxByteLength: 1 << 20 })
    const fixed = new Float64Array(buffer, 0, 1 << 17)
    const tracking = new Float64Array(buffer)
    buffer.resize(8)
    expect(addon.kernels.norm('l2', fixed)).toBe(0)
    expect(addon.kernels.norm('l2', tracking)).toBe(0)
    await failure('INVALID_ARGUMENT', () => addon.kernels.project('l2', 1, 2, tracking))
  })
})
