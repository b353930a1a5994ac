import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseIdx, readIdxFile } from '../../src/data/images/formats/idx.js'
import { RobustFeaturesError } from '../../src/native/errors.js'
import { failure } from '../helpers/errors.js'
import { idxFile } from '../helpers/idx-file.mjs'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const invalid = (bytes: Uint8Array) => failure('INVALID_FILE', () => parseIdx(bytes, 'digits'))

describe('parseIdx', () => {
  it('reads 1 to 4 dimensions, none of them or some empty', () => {
    for (const shape of [[3], [2, 3], [2, 1, 3], [1, 2, 3, 2], [0], [0, 28, 28]]) {
      const count = shape.reduce((product, size) => product * size, 1)
      const data = Uint8Array.from({ length: count }, (_, index) => index + 1)
      expect(parseIdx(idxFile(shape, data), 'digits')).toEqual({ shape, data })
    }
  })

  it('copies from a view at an odd offset', () => {
    const bytes = idxFile([4], [9, 8, 7, 6])
    const buffer = new Uint8Array(bytes.length + 5)
    buffer.set(bytes, 3)
    const tensor = parseIdx(buffer.subarray(3, 3 + bytes.length), 'digits')
    buffer.fill(0)
    expect([...tensor.data]).toEqual([9, 8, 7, 6])
  })

  it('says what is wrong with a file', async () => {
    const good = idxFile([2, 3], [1, 2, 3, 4, 5, 6])
    const changed = (position: number, byte: number) => {
      const copy = good.slice()
      copy[position] = byte
      return copy
    }
    expect(await invalid(good.subarray(0, 3))).toBe(
      'Expected digits to hold an IDX header of at least 4 bytes, got 3 bytes.',
    )
    expect(await invalid(changed(0, 0x50))).toBe(
      'Expected digits to hold an IDX file, which starts with two zero bytes, got 0x50 0x00 0x08 0x02.',
    )
    expect(await invalid(changed(2, 0x0d))).toBe(
      'Expected digits to hold IDX elements of type unsigned byte (0x08), got 0x0d.',
    )
    expect(await invalid(changed(3, 0))).toBe('Expected digits to hold 1 to 4 dimensions, got 0.')
    expect(await invalid(changed(3, 5))).toBe('Expected digits to hold 1 to 4 dimensions, got 5.')
    expect(await invalid(good.subarray(0, 9))).toBe(
      'Expected digits to hold 12 header bytes for 2 dimensions, got 9 bytes (truncated).',
    )
    expect(await invalid(good.subarray(0, 17))).toBe(
      'Expected digits to hold 18 bytes for the declared 2 × 3 elements, got 17 (truncated).',
    )
    expect(await invalid(Uint8Array.of(...good, 0))).toBe(
      'Expected digits to hold 18 bytes for the declared 2 × 3 elements, got 19 (bytes left over).',
    )
  })

  it('allocates nothing for sizes the file does not hold', async () => {
    const header = idxFile([0, 0, 0, 0], [])
    header.fill(0xff, 4)
    expect(await invalid(header)).toContain('4294967295 × 4294967295 × 4294967295 × 4294967295')
  })

  it('parses any bytes or throws INVALID_FILE', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc
        .tuple(
          fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }),
          fc.uint8Array({ maxLength: 30 }),
        )
        .map(([shape, data]) => idxFile(shape, data)),
    )
    fc.assert(
      fc.property(bytes, (file) => {
        try {
          const { shape, data } = parseIdx(file, 'digits')
          expect(data.length).toBe(shape.reduce((product, size) => product * size, 1))
        } catch (error) {
          if (!(error instanceof RobustFeaturesError)) throw error
          expect(error.code).toBe('INVALID_FILE')
        }
      }),
      { numRuns: 1000 },
    )
  })
})

function pipeIn(folder: string): string {
  const path = join(folder, 'pipe')
  expect(spawnSync('mkfifo', [path]).status).toBe(0)
  return path
}

describe('readIdxFile', () => {
  const bytes = idxFile([2, 2], [1, 2, 3, 4])

  it('reads plain and gzip files whatever their name', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'plain.gz'), bytes)
    writeFileSync(join(folder, 'packed'), gzipSync(bytes))
    for (const name of ['plain.gz', 'packed']) {
      expect((await readIdxFile(join(folder, name))).data).toEqual(Uint8Array.of(1, 2, 3, 4))
    }
  })

  it('refuses damaged and oversized compressed data', async () => {
    const path = join(temporaryFolder(), 'packed')
    const packed = gzipSync(bytes)
    writeFileSync(path, packed.subarray(0, packed.length - 12))
    expect(await failure('INVALID_FILE', () => readIdxFile(path))).toContain('intact gzip data')
    writeFileSync(path, gzipSync(new Uint8Array(100_000)))
    expect(await failure('INVALID_FILE', () => readIdxFile(path, 50_000))).toBe(
      `Expected ${path} to hold at most 50000 bytes after decompression, got more.`,
    )
  })

  it('refuses missing files, folders, devices, pipes and oversized files', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'digits')
    expect(await failure('FILE_NOT_FOUND', () => readIdxFile(path))).toBe(
      `Expected a file at ${path}, found none.`,
    )
    for (const other of [folder, '/dev/zero', pipeIn(folder)]) {
      expect(await failure('INVALID_FILE', () => readIdxFile(other))).toBe(
        `Expected a regular file at ${other}, got something else.`,
      )
    }
    writeFileSync(path, bytes)
    expect(await failure('INVALID_FILE', () => readIdxFile(path, 8))).toBe(
      `Expected ${path} to hold at most 8 bytes, got ${bytes.length}.`,
    )
  })
})
