import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
  writeSafetensors,
} from '../../src/data/safetensors.js'
import type { SafetensorsContent, Tensor } from '../../src/data/tensor-content.js'
import { RobustFeaturesError } from '../../src/native/errors.js'
import { failure } from '../helpers/errors.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { anyTensor, exampleContent as example } from '../helpers/tensors.js'

/** A file with the given header, as text or as the value of the JSON, and body length. */
function fileWith(header: unknown, bodyLength: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + text.length + bodyLength)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true)
  bytes.set(text, 8)
  return bytes
}

const invalid = (bytes: Uint8Array) =>
  failure('INVALID_FILE', () => decodeSafetensors(bytes, 'weights.safetensors'))
const entry = (shape: unknown, begin: unknown, end: unknown, dtype: unknown = 'F32') => ({
  dtype,
  shape,
  data_offsets: [begin, end],
})

const anyContent: fc.Arbitrary<SafetensorsContent> = fc.record({
  tensors: fc.array(fc.tuple(fc.string(), anyTensor), { maxLength: 4 }).map((pairs) => new Map(pairs)),
  metadata: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
})

/** Decodes, allowing no other failure than INVALID_FILE. */
function decodeOrRefuse(bytes: Uint8Array): SafetensorsContent | undefined {
  try {
    return decodeSafetensors(bytes, 'file')
  } catch (error) {
    if (!(error instanceof RobustFeaturesError)) throw error
    expect(error.code).toBe('INVALID_FILE')
    expect(error.message).not.toMatch(/[\r\n]/)
    return undefined
  }
}

function byteCount({ tensors }: SafetensorsContent): number {
  return [...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0)
}

describe('safetensors', () => {
  it('reads what it writes, from any offset', () => {
    const bytes = encodeSafetensors(example)
    for (const offset of [0, 1, 3, 4]) {
      const shifted = new Uint8Array(bytes.length + offset)
      shifted.set(bytes, offset)
      expect(decodeSafetensors(shifted.subarray(offset), 'file')).toEqual(example)
    }
  })

  it('writes equal bytes for equal content, aligned tensors and a padded header', () => {
    const bytes = encodeSafetensors(example)
    const shuffled = {
      tensors: new Map([...example.tensors].reverse()),
      metadata: { note: 'häppy "text"', iteration: '12' },
    }
    expect(encodeSafetensors(shuffled)).toEqual(bytes)
    const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true))
    expect(headerLength % 8).toBe(0)
    const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)))
    for (const [name, { data }] of example.tensors)
      expect(header[name].data_offsets[0] % data.BYTES_PER_ELEMENT).toBe(0)
  })

  it('has the bytes the format asks for', () => {
    const text = '{"b":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}   '
    const expected = Uint8Array.of(56, 0, 0, 0, 0, 0, 0, 0, ...new TextEncoder().encode(text), 5, 6)
    expect(
      encodeSafetensors({ tensors: new Map([['b', { shape: [2], data: Uint8Array.of(5, 6) }]]) }),
    ).toEqual(expected)
  })

  it('honours views and copies what it reads', () => {
    const view = Float32Array.of(0, 1, 2, 3).subarray(1, 3)
    const bytes = encodeSafetensors({ tensors: new Map([['v', { shape: [2], data: view }]]) })
    const { tensors } = decodeSafetensors(bytes, 'file')
    bytes.fill(0)
    expect(tensors.get('v')).toEqual({ shape: [2], data: Float32Array.of(1, 2) })
  })

  it('refuses to write what does not fit together', async () => {
    const write = (name: string, tensor: unknown, metadata = {}) =>
      failure('INVALID_ARGUMENT', () =>
        encodeSafetensors({ tensors: new Map([[name, tensor as Tensor]]), metadata }),
      )
    const data = Float32Array.of(1, 2, 3)
    expect(await write('w', { shape: [2, 2], data })).toBe(
      'Expected `tensors.w.shape` to be of product 3, got [2, 2].',
    )
    expect(await write('w', { shape: [-1, -3], data })).toContain('of product 3')
    expect(await write('w', { shape: [3], data: [1, 2, 3] })).toContain('`tensors.w.data`')
    expect(await write('__metadata__', { shape: [3], data })).toContain('other than __metadata__')
    expect(await write('w', { shape: [3], data }, { iteration: 3 })).toContain('`metadata`')
  })

  it('says what is wrong with a file', async () => {
    const cases: [Uint8Array, string][] = [
      [new Uint8Array(7), '8 bytes of header length, got 7 (truncated)'],
      [new Uint8Array(8), 'a header that starts with {, got nothing'],
      [
        new Uint8Array(16).fill(0xff, 0, 8),
        'safetensors, whose header has at most 100000000 bytes, got another format',
      ],
      [Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 0x7b), '17 bytes of header, got 9 (truncated)'],
      [fileWith('[]', 0), 'a header that starts with {, got byte 91'],
      [fileWith('{"a":', 0), 'a header of UTF-8 JSON'],
      [fileWith({ w: 5 }, 0), 'tensor w with a dtype, a shape and two offsets, got 5'],
      [fileWith({ w: entry([-1], 0, 4) }, 4), 'a dtype, a shape and two offsets'],
      [fileWith({ w: entry([1.5], 0, 4) }, 4), 'a dtype, a shape and two offsets'],
      [
        fileWith({ w: { dtype: 'F32', shape: [1], data_offsets: [0, 4, 8] } }, 4),
        'a dtype, a shape and two offsets',
      ],
      [
        fileWith({ w: entry([2], 0, 4, 'F16') }, 4),
        "tensor w with a dtype of F64, I64, F32, I32, U8, got 'F16'",
      ],
      [fileWith({ w: entry([1], 0, 4, 'toString') }, 4), "got 'toString'"],
      [fileWith({ w: entry([2], 0, 4) }, 4), 'tensor w with 8 bytes for its shape, got offsets from 0 to 4'],
      [fileWith({ w: entry([1], 4, 0) }, 4), 'offsets from 4 to 0'],
      [fileWith({ w: entry([2 ** 53 - 1, 2 ** 53 - 1], 0, 4) }, 4), 'Infinity bytes for its shape'],
      [fileWith({ w: entry([2 ** 51], 0, 2 ** 53 - 1) }, 4), 'bytes for its shape'],
      [fileWith({ w: entry([2 ** 40], 0, 2 ** 42) }, 4), '4398046511104 bytes of tensors, got 4 (truncated)'],
      [fileWith({ w: entry([1], 4, 8) }, 8), 'tensor w at offset 0, got 4'],
      [fileWith({ v: entry([2], 0, 8), w: entry([1], 4, 8) }, 8), 'tensor w at offset 8, got 4'],
      [fileWith({ v: entry([1], 0, 4), w: entry([1], 8, 12) }, 12), 'tensor w at offset 4, got 8'],
      [fileWith({ w: entry([1], 0, 4) }, 5), '4 bytes of tensors, got 5 (bytes left over)'],
      [fileWith({ __metadata__: { a: 1 } }, 0), 'text under every name of __metadata__'],
      [fileWith({ __metadata__: ['a'] }, 0), 'text under every name of __metadata__'],
    ]
    for (const [bytes, part] of cases) expect(await invalid(bytes)).toContain(part)
    const notUtf8 = fileWith('{"??":0}', 0)
    notUtf8.fill(0xff, 10, 12)
    expect(await invalid(notUtf8)).toContain('UTF-8')
  })

  it('reads names that objects have of themselves', () => {
    const bytes = fileWith(
      `{"__proto__":${JSON.stringify(entry([1], 0, 4))},"constructor":${JSON.stringify(entry([0], 4, 4))}}`,
      4,
    )
    expect([...decodeSafetensors(bytes, 'file').tensors.keys()]).toEqual(['__proto__', 'constructor'])
  })

  it('reads back any content', () => {
    fc.assert(
      fc.property(anyContent, ({ tensors, metadata }) => {
        expect(decodeSafetensors(encodeSafetensors({ tensors, metadata }), 'file')).toEqual({
          tensors,
          metadata,
        })
      }),
      { numRuns: 300 },
    )
  })

  it('refuses every truncation', () => {
    const bytes = encodeSafetensors(example)
    for (let length = 0; length < bytes.length; length++)
      expect(decodeOrRefuse(bytes.subarray(0, length))).toBeUndefined()
  })

  it('refuses random bytes and random headers, or accounts for every byte of the file', () => {
    const headers = fc.oneof(
      fc.jsonValue(),
      fc.dictionary(
        fc.string({ maxLength: 3 }),
        fc.oneof(
          fc.jsonValue(),
          fc.record({
            dtype: fc.constantFrom('F32', 'F64', 'I32', 'U8', 'I64', 'BF16'),
            shape: fc.array(fc.nat(4), { maxLength: 3 }),
            data_offsets: fc.tuple(fc.nat(32), fc.nat(32)),
          }),
        ),
      ),
    )
    const files = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.tuple(headers, fc.nat(32)).map(([header, length]) => fileWith(header, length)),
    )
    fc.assert(
      fc.property(files, (bytes) => {
        const content = decodeOrRefuse(bytes)
        if (content === undefined) return
        const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true))
        expect(8 + headerLength + byteCount(content)).toBe(bytes.length)
      }),
      { numRuns: 3000 },
    )
  })

  it('refuses a flipped bit of the header or reads tensors of the file’s size; one of the body changes that bit', () => {
    const bytes = encodeSafetensors(example)
    const total = byteCount(example)
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice()
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const content = decodeOrRefuse(flipped)
      const inBody = bit >> 3 >= bytes.length - total
      if (inBody) expect(content).toBeDefined()
      if (content === undefined) continue
      expect(byteCount(content)).toBe(total)
      if (inBody) expect(encodeSafetensors(content)).toEqual(flipped)
    }
  })
})

describe('safetensors files', () => {
  it('are written atomically and read back', async () => {
    const path = join(temporaryFolder(), 'weights.safetensors')
    await writeSafetensors(path, example)
    expect(await readSafetensors(path)).toEqual(example)
    await failure('FILE_NOT_FOUND', () => readSafetensors(`${path}.other`))
    writeFileSync(path, encodeSafetensors(example).subarray(0, 100))
    expect(await failure('INVALID_FILE', () => readSafetensors(path))).toContain(path)
  })

  it('are read by the safetensors package of Python', async ({ skip }) => {
    const probe = spawnSync('python3', ['-c', 'import numpy, safetensors.numpy'])
    skip(probe.status !== 0, 'python3 with the modules safetensors and numpy is not installed')
    const path = join(temporaryFolder(), 'weights.safetensors')
    await writeSafetensors(path, example)
    const script = [
      'import json, sys',
      'from safetensors import safe_open',
      'with safe_open(sys.argv[1], "np") as file:',
      '    tensors = {name: file.get_tensor(name) for name in file.keys()}',
      '    print(json.dumps([file.metadata(), {name: [str(t.dtype), list(t.shape), t.tobytes().hex()] for name, t in tensors.items()}]))',
    ].join('\n')
    const result = spawnSync('python3', ['-c', script, path], { encoding: 'utf8' })
    expect(result.stderr).toBe('')
    const dtypes = {
      weights: 'float32',
      bytes: 'uint8',
      loss: 'float64',
      steps: 'int64',
      labels: 'int32',
      empty: 'float32',
    }
    const expected = Object.entries(dtypes).map(([name, dtype]) => {
      const { shape, data } = example.tensors.get(name) as Tensor
      return [
        name,
        [dtype, shape, Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')],
      ]
    })
    expect(JSON.parse(result.stdout)).toEqual([example.metadata, Object.fromEntries(expected)])
  })
})
