import { describe, expect, it } from 'vitest'
import { createImageDataset, PatchData, type PatchDataArrays } from '../../src/index.js'
import { failure } from '../helpers/errors.js'

const arrays = {
  patches: 2,
  dimension: 2,
  classes: 3,
  inputs: Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
  labels: Int32Array.of(2, 0, 1),
}
const from = (changes: object) => () =>
  PatchData.fromArrays({ ...arrays, ...changes } as unknown as PatchDataArrays)

describe('PatchData.fromArrays', () => {
  it('copies what it is given', () => {
    const given = { ...arrays, inputs: arrays.inputs.slice(), labels: arrays.labels.slice() }
    const data = PatchData.fromArrays(given)
    given.inputs.fill(0)
    given.labels.fill(0)
    expect(data.inputs()).toEqual(arrays.inputs)
    expect(data.labels()).toEqual(arrays.labels)
    expect(data).toMatchObject({
      samples: 3,
      patches: 2,
      dimension: 2,
      classes: 3,
      inputSize: 4,
      overlapping: false,
      precision: 'float32',
    })
    data.inputs().fill(0)
    data.labels().fill(0)
    expect(data.inputs()).toEqual(arrays.inputs)
    expect(data.labels()).toEqual(arrays.labels)
  })

  it('takes its precision from the array and honours views', () => {
    const whole = Float64Array.of(-1, ...arrays.inputs, -1)
    const data = PatchData.fromArrays({ ...arrays, inputs: whole.subarray(1, 13) })
    expect(data.precision).toBe('float64')
    expect(data.inputs()).toEqual(Float64Array.from(arrays.inputs))
  })

  it('takes no samples too', () => {
    const data = PatchData.fromArrays({ ...arrays, inputs: new Float32Array(), labels: new Int32Array() })
    expect(data.samples).toBe(0)
    expect(data.inputs()).toEqual(new Float32Array())
  })

  it('takes labels of int64, the default of numpy', () => {
    expect(from({ labels: BigInt64Array.from(arrays.labels, BigInt) })().labels()).toEqual(arrays.labels)
  })

  it.each<[string, object, string]>([
    ['a short array', { inputs: new Float32Array(11) }, 'Expected `inputs` to be 12 numbers long, got 11.'],
    ['an array for other patches', { patches: 3 }, 'Expected `inputs` to be 18 numbers long, got 12.'],
    [
      'integers as inputs',
      { inputs: new Int32Array(12) },
      'Expected `inputs` to be Float32Array or Float64Array, got an Int32Array of length 12.',
    ],
    [
      'a plain array',
      { inputs: [...arrays.inputs] },
      'Expected `inputs` to be Float32Array or Float64Array, got an array of length 12.',
    ],
    [
      'labels of another type',
      { labels: Uint8Array.of(2, 0, 1) },
      'Expected `labels` to be Int32Array or BigInt64Array, got a Uint8Array of length 3.',
    ],
    ['one class', { classes: 1 }, 'Expected `classes` to be an integer from 2 to 100000, got 1.'],
    ['no patches', { patches: 0 }, 'Expected `patches` to be an integer from 1 to 2147483647, got 0.'],
    [
      'shared memory',
      { inputs: new Float32Array(new SharedArrayBuffer(48)) },
      'Expected `inputs` to be Float32Array or Float64Array on an ArrayBuffer, got one on a SharedArrayBuffer.',
    ],
    [
      'a resizable buffer',
      { inputs: resizable(48) },
      'Expected `inputs` to be Float32Array or Float64Array on a buffer of fixed size, got a resizable one.',
    ],
    ['a detached buffer', { inputs: detached(12) }, 'Expected `inputs` to be 12 numbers long, got 0.'],
    [
      'a label of no class',
      { labels: Int32Array.of(2, 0, 3) },
      'Expected `data.labels` to be integers from 0 to 2, got 3.',
    ],
    [
      'a negative label',
      { labels: Int32Array.of(2, 0, -1) },
      'Expected `data.labels` to be integers from 0 to 2, got -1.',
    ],
    [
      'an int64 label that int32 would wrap to a class',
      { labels: BigInt64Array.of(2n, 0n, 2n ** 32n) },
      'Expected `data.labels` to be integers from 0 to 2, got 2147483647.',
    ],
    [
      'a negative int64 label',
      { labels: BigInt64Array.of(2n, 0n, -(2n ** 32n)) },
      'Expected `data.labels` to be integers from 0 to 2, got -1.',
    ],
    [
      'NaN',
      { inputs: arrays.inputs.with(5, Number.NaN) },
      'Expected `data.inputs` to be free of NaN and infinities.',
    ],
    [
      'infinities',
      { inputs: arrays.inputs.with(11, Number.NEGATIVE_INFINITY) },
      'Expected `data.inputs` to be free of NaN and infinities.',
    ],
  ])('refuses %s', async (_, changes, message) => {
    expect(await failure('INVALID_ARGUMENT', from(changes))).toBe(message)
  })

  it('names the option a misspelled one is nearest to', async () => {
    expect(await failure('UNKNOWN_OPTION', from({ dimensions: 2 }))).toContain('did you mean `dimension`?')
  })
})

describe('PatchData.fromImages', () => {
  const images = createImageDataset({
    name: 'tiny',
    images: Uint8Array.from({ length: 2 * 16 }, (_, index) => 8 * index),
    labels: Uint8Array.of(1, 0),
    height: 4,
    width: 4,
    channels: 1,
    classes: 2,
  })

  it('cuts images into patches and scales pixels to [0, 1]', () => {
    const data = PatchData.fromImages(images, { window: 2, precision: 'float64' })
    expect(data).toMatchObject({ samples: 2, patches: 4, dimension: 4, inputSize: 16, overlapping: false })
    expect([...data.inputs(0, 1).subarray(0, 8)]).toEqual(
      [0, 1, 4, 5, 2, 3, 6, 7].map((pixel) => (8 * pixel) / 255),
    )
    expect([...data.labels()]).toEqual([1, 0])
  })

  it('keeps the pixels where patches overlap', () => {
    const data = PatchData.fromImages(images, { window: 3, stride: 1 })
    expect(data).toMatchObject({ patches: 4, dimension: 9, inputSize: 16, overlapping: true })
    expect(data.inputs()).toEqual(Float32Array.from(images.images, (pixel) => pixel / 255))
  })

  it.each<[object, string]>([
    [{ window: 5 }, 'Expected `window` to be at most 4 for 4 × 4 images, got 5.'],
    [{ window: 0 }, 'Expected `window` to be an integer from 1 to 2147483647, got 0.'],
    [{ window: 3 }, 'Expected `stride` to be 1 so that 3 × 3 patches cover 4 × 4 images, got 3.'],
    [{ window: 2, precision: 'half' }, "Expected `precision` to be one of 'float32', 'float64', got 'half'."],
  ])('refuses %j', async (options, message) => {
    const cut = () => PatchData.fromImages(images, options as { window: number })
    expect(await failure('INVALID_ARGUMENT', cut)).toBe(message)
  })

  it('names the option a misspelled one is nearest to', async () => {
    const cut = () => PatchData.fromImages(images, { window: 2, strid: 2 } as { window: number })
    expect(await failure('UNKNOWN_OPTION', cut)).toContain('did you mean `stride`?')
  })
})

describe('select', () => {
  const data = PatchData.fromArrays(arrays)

  it('takes samples in the given order, repeats too', () => {
    const chosen = data.select([2, 0, 2])
    expect([...chosen.labels()]).toEqual([1, 2, 1])
    expect([...chosen.inputs()]).toEqual([9, 10, 11, 12, 1, 2, 3, 4, 9, 10, 11, 12])
    expect(data.select(new Int32Array()).samples).toBe(0)
  })

  it.each([
    [[3], 'Expected `indices[0]` to be an integer from 0 to 2, got 3.'],
    [[0, -1], 'Expected `indices[1]` to be an integer from 0 to 2, got -1.'],
    [[1.5], 'Expected `indices[0]` to be an integer from 0 to 2, got 1.5.'],
    [[Number.NaN], 'Expected `indices[0]` to be an integer from 0 to 2, got NaN.'],
    [[2 ** 32], 'Expected `indices[0]` to be an integer from 0 to 2, got 4294967296.'],
  ])('refuses %j', async (indices, message) => {
    expect(await failure('INVALID_ARGUMENT', () => data.select(indices))).toBe(message)
  })
})

describe('inputs', () => {
  const data = PatchData.fromArrays(arrays)

  it('gives ranges of samples', () => {
    expect([...data.inputs(1)]).toEqual([5, 6, 7, 8, 9, 10, 11, 12])
    expect([...data.inputs(1, 1)]).toEqual([5, 6, 7, 8])
    expect(data.inputs(3)).toHaveLength(0)
  })

  it.each([
    [-1, 1],
    [0, 4],
    [2, 2],
    [4, 0],
    [0.5, 1],
    [Number.NaN, 1],
  ])('refuses %d samples from %d on', async (first, count) => {
    await failure('INVALID_ARGUMENT', () => data.inputs(first, count))
  })
})

function resizable(bytes: number): Float32Array {
  // The ECMAScript library that the project compiles against does not know resizable buffers yet.
  const Resizable = ArrayBuffer as new (length: number, options: { maxByteLength: number }) => ArrayBuffer
  return new Float32Array(new Resizable(bytes, { maxByteLength: 2 * bytes }))
}

function detached(length: number): Float32Array {
  const array = new Float32Array(length)
  structuredClone(array.buffer, { transfer: [array.buffer] })
  return array
}
