import { deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { parseMatlab5 } from '../../src/data/images/formats/matlab5.js'
import { failure } from '../helpers/errors.js'
import { damaged, expectParsedOrRefused } from '../helpers/fuzz.js'
import { type MatlabVariable, matlabFile, matlabVariable } from '../helpers/matlab-file.mjs'

const bytes: MatlabVariable = { name: 'bytes', shape: [2, 3], data: [1, 2, 3, 4, 5, 6] }
const doubles: MatlabVariable = { name: 'd', shape: [1, 2], data: [0.5, -2], kind: 6, type: 9 }

const parse = (variables: readonly MatlabVariable[]) => parseMatlab5(matlabFile(variables), 'a.mat')
const refused = (file: Uint8Array) => failure('INVALID_FILE', () => parseMatlab5(file, 'a.mat'))

describe('parseMatlab5', () => {
  it.each([true, false])('reads arrays, compressed: %j', async (compressed) => {
    const arrays = await parse([bytes, doubles].map((variable) => ({ ...variable, compressed })))
    expect([...arrays]).toEqual([
      ['bytes', { shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 6) }],
      ['d', { shape: [1, 2], data: Float64Array.of(0.5, -2) }],
    ])
  })

  it('reads doubles that are stored as bytes, in a small element', async () => {
    const arrays = await parse([{ name: 'y', shape: [3, 1], data: [1, 10, 7], kind: 6, type: 2 }])
    expect(arrays.get('y')).toEqual({ shape: [3, 1], data: Uint8Array.of(1, 10, 7) })
  })

  it('reads a view at an odd offset without sharing its memory', async () => {
    const file = matlabFile([{ ...doubles, compressed: false }])
    const moved = new Uint8Array(file.length + 3)
    moved.set(file, 3)
    const arrays = await parseMatlab5(moved.subarray(3), 'a.mat')
    moved.fill(0)
    expect(arrays.get('d')?.data).toEqual(Float64Array.of(0.5, -2))
  })

  it('passes over complex arrays and other classes', async () => {
    expect(
      (
        await parse([
          { ...bytes, flags: 0x0800 },
          { ...bytes, kind: 1 },
        ])
      ).size,
    ).toBe(0)
  })

  it('says what is wrong with a file', async () => {
    const good = matlabFile([{ ...bytes, compressed: false }])
    const changed = (position: number, ...values: number[]) => {
      const copy = Uint8Array.from(good)
      copy.set(values, position)
      return copy
    }
    const text = (value: string) => [...Buffer.from(value)]
    expect(await refused(good.subarray(0, 100))).toBe(
      'Expected a.mat to hold a MATLAB header of 128 bytes, got 100 bytes.',
    )
    expect(await refused(changed(126, ...text('MI')))).toContain('got big-endian data')
    expect(await refused(changed(126, ...text('no')))).toContain('IM at byte 126')
    expect(await refused(changed(124, 0, 2))).toContain('MATLAB v7.3')
    expect(await refused(good.subarray(0, -1))).toMatch(/bytes of data, got \d+ \(truncated\)/)
    expect(await refused(matlabFile([bytes, bytes]))).toContain('one array bytes, got several')
    expect(await refused(matlabFile([{ ...bytes, shape: [2, 4] }]))).toBe(
      'Expected a.mat to hold 2 × 4 = 8 numbers in its array, got 6.',
    )
    expect(await refused(matlabFile([{ ...bytes, type: 12 }]))).toContain('got type 12')
    expect(await refused(matlabFile([{ ...bytes, shape: [6] }]))).toContain('2 to 8 array dimensions')
  })

  it('decompresses nothing larger than is allowed, or than it declares', async () => {
    const huge = Buffer.alloc(2 ** 25)
    huge.writeUInt32LE(14, 0)
    const bomb = (declared: number) => {
      huge.writeUInt32LE(declared, 4)
      const packed = deflateSync(huge)
      const tag = Buffer.alloc(8)
      tag.writeUInt32LE(15, 0)
      tag.writeUInt32LE(packed.length, 4)
      return Buffer.concat([matlabFile([]), tag, packed])
    }
    expect(await refused(bomb(2 ** 31))).toContain('at most 16777216 bytes after decompression')
    expect(await refused(bomb(64))).toContain('at most 72 bytes after decompression, got more')
    const zeros = { shape: [2 ** 22, 1], data: new Uint8Array(2 ** 22) }
    const several = ['a', 'b', 'c', 'd', 'e'].map((title) => ({ name: title, ...zeros }))
    expect((await parse(several.slice(0, 3))).size).toBe(3)
    expect(await refused(matlabFile(several))).toMatch(
      /at most \d{7} bytes after decompression, got 4194\d{3}\./,
    )
    const large = Uint8Array.from({ length: 3000 }, (_, index) => index)
    const file = matlabFile([{ name: 'x', shape: [3000, 1], data: large }])
    expect(await failure('INVALID_FILE', () => parseMatlab5(file, 'a.mat', 3000))).toContain('at most 3000')
  })

  it('parses any bytes or refuses them', async () => {
    const plain = [bytes, doubles].map((variable) => matlabVariable({ ...variable, compressed: false }))
    for (const good of [matlabFile([bytes, doubles]), Buffer.concat([matlabFile([]), ...plain])])
      await expectParsedOrRefused(
        damaged(Uint8Array.from(good)),
        (file) => parseMatlab5(file, 'a.mat'),
        (arrays) => {
          for (const { shape, data } of arrays.values())
            expect(data.length).toBe(shape.reduce((product, size) => product * size, 1))
        },
        1000,
      )
  })
})
