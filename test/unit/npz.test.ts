import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import AdmZip from 'adm-zip'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeNpy, encodeNpy } from '../../src/data/npy.js'
import { decodeNpz, encodeNpz } from '../../src/data/npz.js'
import { readNpz, type Tensor, writeNpz } from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { damaged, expectParsedOrRefused } from '../helpers/fuzz.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { anyTensor, exampleContent as example } from '../helpers/tensors.js'

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

/** A .npy file of such a header, as text, and so many bytes of elements. */
function npy(header: string, length: number, version = 1): Uint8Array {
  const size = version === 1 ? [header.length & 255, header.length >> 8] : [header.length, 0, 0, 0]
  return Uint8Array.of(
    0x93,
    ...Buffer.from('NUMPY'),
    version,
    0,
    ...size,
    ...Buffer.from(header),
    ...new Uint8Array(length),
  )
}

const header = (descr: string, shape: string, order = 'False') =>
  `{'descr': '${descr}', 'fortran_order': ${order}, 'shape': ${shape}, }`

describe('npy', () => {
  it('has the bytes that numpy.save writes', () => {
    const bytes = encodeNpy({ shape: [2], data: Uint8Array.of(7, 8) }, 'a')
    const dictionary = "{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }"
    expect(text(bytes)).toBe(`\x93NUMPY\x01\x00\x76\x00${dictionary.padEnd(117)}\n\x07\x08`)
    expect(text(encodeNpy({ shape: [], data: Float64Array.of(1) }, 'a'))).toContain("'shape': (), }")
    expect(text(encodeNpy({ shape: [1, 2], data: Float32Array.of(1, 2) }, 'a'))).toContain(
      "'shape': (1, 2), }",
    )
  })

  it.each([
    [1, "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }\n"],
    [2, '{"shape": (2,), "fortran_order": False, "descr": "<i4"}'],
    [3, "{ 'descr':'<i4','fortran_order':False,'shape':(2, ) , }   \n"],
  ])('of version %i is read, its dictionary in any order', (version, dictionary) => {
    expect(decodeNpy(npy(dictionary, 8, version), 'a')).toEqual({ shape: [2], data: new Int32Array(2) })
  })

  it('of truth values is read as bytes', () => {
    expect(decodeNpy(npy(header('|b1', '(3,)'), 3), 'a')).toEqual({ shape: [3], data: new Uint8Array(3) })
  })

  it.each<[string, Uint8Array]>([
    ['got other bytes', Uint8Array.of(1, 2, 3)],
    ['got version 4', npy(header('<f4', '(1,)'), 4, 4)],
    ['10 bytes of header, got 9 (truncated)', npy('', 0).subarray(0, 9)],
    ['bytes of header', npy(header('<f4', '(1,)'), 0).subarray(0, 40)],
    ['descr, fortran_order and shape', npy('{}', 0)],
    [
      'descr, fortran_order and shape',
      npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", 4),
    ],
    ['descr, fortran_order and shape', npy(header('<f4', '(-1,)'), 4)],
    ['descr, fortran_order and shape', npy(header('<f4', '(1.5,)'), 4)],
    ['descr, fortran_order and shape', npy(`${header('<f4', '(1,)')} + exit()`, 4)],
    ["<f8, <i8, <f4, <i4, |u1, |b1, got '>f4'", npy(header('>f4', '(1,)'), 4)],
    ["got '|O'", npy(header('|O', '(1,)'), 4)],
    ["got 'toString'", npy(header('toString', '(1,)'), 4)],
    ['in Fortran order, which numpy.ascontiguousarray changes', npy(header('<f4', '(1,)', 'True'), 4)],
    ['8 bytes for shape [2], got 4', npy(header('<f4', '(2,)'), 4)],
    ['4 bytes for shape [1], got 5', npy(header('<f4', '(1,)'), 5)],
    ['Infinity bytes for shape', npy(header('<f4', '(9007199254740991, 9007199254740991)'), 4)],
  ])('is refused, saying %s', async (part, bytes) => {
    expect(await failure('INVALID_FILE', () => decodeNpy(bytes, 'a'))).toContain(part)
  })

  it('is written of what fits its shape alone', async () => {
    const wrong = { shape: [3], data: Float32Array.of(1) }
    expect(await failure('INVALID_ARGUMENT', () => encodeNpy(wrong, 'a'))).toContain('`tensors.a`')
    const other = { shape: [1], data: Int16Array.of(1) as unknown as Tensor['data'] }
    await failure('INVALID_ARGUMENT', () => encodeNpy(other, 'a'))
  })

  it('damaged is refused or read as it is', async () => {
    const good = encodeNpy({ shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }, 'a')
    await expectParsedOrRefused(
      damaged(good),
      (bytes) => decodeNpy(bytes, 'a'),
      ({ shape, data }) => expect(shape.reduce((product, size) => product * size, 1)).toBe(data.length),
      3000,
    )
  })
})

/** The same archive with deflated members. */
function compressed(bytes: Uint8Array): Uint8Array {
  const zip = new AdmZip()
  for (const entry of new AdmZip(Buffer.from(bytes)).getEntries())
    zip.addFile(entry.entryName, entry.getData())
  return zip.toBuffer()
}

describe('npz', () => {
  it('reads back any content, the same bytes for the same content', () => {
    const names = fc.stringMatching(/^[\w.]{0,8}$/)
    const contents = fc.record({
      tensors: fc.array(fc.tuple(names, anyTensor), { maxLength: 4 }).map((pairs) => new Map(pairs)),
      metadata: fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), {
        maxKeys: 3,
      }),
    })
    fc.assert(
      fc.property(contents, ({ tensors, metadata }) => {
        const bytes = encodeNpz({ tensors, metadata }, AdmZip)
        expect(decodeNpz(bytes, 'file', AdmZip)).toEqual({ tensors, metadata })
        expect(encodeNpz({ tensors: new Map([...tensors].reverse()), metadata }, AdmZip)).toEqual(bytes)
      }),
      { numRuns: 200, seed: 1 },
    )
  })

  it('is written to a file and read back, compressed by others too', async () => {
    const path = join(temporaryFolder(), 'a.npz')
    await writeNpz(path, example)
    expect(await readNpz(path)).toEqual(example)
    writeFileSync(path, compressed(readFileSync(path)))
    expect(await readNpz(path)).toEqual(example)
    await failure('FILE_NOT_FOUND', () => readNpz(`${path}.other`))
  })

  it('refuses names that it would change', async () => {
    for (const name of ['../a', '/a', 'a\\b', 'a//b', '\ud800', 'x'.repeat(70000)]) {
      const tensors = new Map([[name, { shape: [1], data: Uint8Array.of(1) }]])
      expect(await failure('INVALID_ARGUMENT', () => encodeNpz({ tensors }, AdmZip))).toContain('zip archive')
    }
  })

  it('refuses what is no archive of arrays', async () => {
    const archive = (name: string, content: Uint8Array | string) => {
      const zip = new AdmZip()
      zip.addFile(name, Buffer.from(content))
      return zip.toBuffer()
    }
    const invalid = (bytes: Uint8Array) => failure('INVALID_FILE', () => decodeNpz(bytes, 'file', AdmZip))
    expect(await invalid(Buffer.from('no archive'))).toContain('file to hold a zip archive of .npy arrays')
    expect(await invalid(archive('a.txt', 'text'))).toContain('members that end in .npy, got a.txt')
    expect(await invalid(archive('a.npy', 'text'))).toContain('file, member a.npy, to hold a .npy array')
    expect(await invalid(archive('metadata.json', '[1]'))).toContain('JSON of an object of text')
    expect(await invalid(archive('metadata.json', '{'))).toContain('JSON of an object of text')
  })

  it('unpacks no more than the archive may hold', async () => {
    const invalid = (bytes: Uint8Array) => failure('INVALID_FILE', () => decodeNpz(bytes, 'file', AdmZip))
    const CENTRAL = 'PK\x01\x02'
    const claiming = (bytes: Uint8Array, size: number) => {
      const copy = Buffer.from(bytes)
      copy.writeUInt32LE(size, copy.indexOf(CENTRAL) + 24)
      return copy
    }
    const bytes = (length: number) => ({ shape: [length], data: new Uint8Array(length) })
    const one = encodeNpz({ tensors: new Map([['a', bytes(100)]]) }, AdmZip)
    expect(await invalid(claiming(compressed(one), 0xfffffff0))).toContain(
      'at most 16777216 bytes when unpacked',
    )
    expect(await invalid(claiming(one, 1))).toContain('uncompressed members with one size, got 1 and')
    // Two members of which the second has the bytes of the first.
    const tensors = new Map(['a', 'b'].map((name) => [name, bytes(3000)]))
    const twice = Buffer.from(encodeNpz({ tensors }, AdmZip))
    const second = twice.indexOf(CENTRAL, twice.indexOf(CENTRAL) + 1)
    twice.writeUInt32LE(0, second + 42)
    const [first, end] = [twice.indexOf('PK\x03\x04', 4), twice.indexOf(CENTRAL)]
    const overlapping = Buffer.concat([twice.subarray(0, first), twice.subarray(end)])
    overlapping.writeUInt32LE(first, overlapping.length - 6)
    expect(await invalid(overlapping)).toContain(`at most ${overlapping.length} bytes, its own size, got`)
    // Of zeros, deflate makes a thousandth.
    const small = compressed(encodeNpz({ tensors: new Map([['a', bytes(2 ** 24 - 1000)]]) }, AdmZip))
    expect(decodeNpz(small, 'file', AdmZip).tensors.get('a')?.shape).toEqual([2 ** 24 - 1000])
    const bomb = compressed(encodeNpz({ tensors: new Map([['a', bytes(2 ** 24)]]) }, AdmZip))
    expect(await invalid(bomb)).toContain('at most 16777216 bytes when unpacked, got 167773')
  })

  it('is not written larger than it can be read', async () => {
    const half = { shape: [2 ** 27], data: new Float64Array(2 ** 27) }
    const tensors = new Map(['a', 'b'].map((name) => [name, half]))
    expect(await failure('INVALID_ARGUMENT', () => encodeNpz({ tensors }, AdmZip))).toBe(
      'Expected `tensors` to fit into a .npz file of 2147483647 bytes, got 2147483648.',
    )
  })

  it('damaged is refused or read as it was, its checksums being right', async () => {
    const good = encodeNpz(example, AdmZip)
    for (const bytes of [good, compressed(good)]) {
      expect(decodeNpz(bytes, 'file', AdmZip)).toEqual(example)
      await expectParsedOrRefused(
        damaged(bytes),
        (file) => decodeNpz(file, 'file', AdmZip),
        ({ tensors }) => {
          for (const tensor of tensors.values()) expect([...example.tensors.values()]).toContainEqual(tensor)
        },
        1500,
      )
    }
  })

  it('is read and written by NumPy', async ({ skip }) => {
    const probe = spawnSync('python3', ['-c', 'import numpy'])
    skip(probe.status !== 0, 'python3 with the module numpy is not installed')
    const folder = temporaryFolder()
    const [ours, stored, packed] = ['ours', 'stored', 'packed'].map((name) => join(folder, `${name}.npz`))
    await writeNpz(ours!, example)
    const script = [
      'import json, sys, numpy',
      'file = numpy.load(sys.argv[1])',
      'print(json.dumps(json.loads(file["metadata.json"])))',
      'arrays = {name: file[name] for name in file.files if name != "metadata.json"}',
      'numpy.savez(sys.argv[2], **arrays)',
      'numpy.savez_compressed(sys.argv[3], **arrays)',
    ].join('\n')
    const { stderr, stdout } = spawnSync('python3', ['-c', script, ours!, stored!, packed!], {
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toEqual(example.metadata)
    for (const path of [stored!, packed!]) expect((await readNpz(path)).tensors).toEqual(example.tensors)
  })
})
