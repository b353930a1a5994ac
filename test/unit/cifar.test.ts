import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { PNG } from 'pngjs'
import { create } from 'tar'
import { describe, expect, it } from 'vitest'
import { parseCifarBinary } from '../../src/data/images/formats/cifar-binary.js'
import { cifarRecordsFromSheet } from '../../src/data/images/formats/png-sheet.js'
import { readTarGz } from '../../src/data/images/formats/tar-gz.js'
import { failure } from '../helpers/errors.js'
import { damaged, expectParsedOrRefused } from '../helpers/fuzz.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const record = (label: number, first: number) =>
  Uint8Array.from({ length: 3073 }, (_, index) => (index === 0 ? label : (first + index) % 256))
const records = Uint8Array.of(...record(3, 5), ...record(9, 77))

/** One image in each row, as the npm package has them. */
function sheetOf(bytes: Uint8Array): PNG {
  const count = bytes.length / 3073
  const png = new PNG({ width: 1024, height: count })
  png.data.fill(255)
  for (let row = 0; row < count; row++)
    for (let pixel = 0; pixel < 1024; pixel++)
      for (let channel = 0; channel < 3; channel++)
        png.data[(row * 1024 + pixel) * 4 + channel] = bytes[row * 3073 + 1 + channel * 1024 + pixel] ?? 0
  return png
}

const sheet = Uint8Array.from(PNG.sync.write(sheetOf(records), { colorType: 2 }))

describe('parseCifarBinary', () => {
  it('puts channels last', () => {
    const { images, labels } = parseCifarBinary(records, 'batch')
    expect([...labels]).toEqual([3, 9])
    const planes = records.subarray(3074)
    expect([...images.subarray(3072, 3078)]).toEqual(
      [0, 1024, 2048, 1, 1025, 2049].map((place) => planes[place]),
    )
    expect(parseCifarBinary(new Uint8Array(), 'batch').labels.length).toBe(0)
  })

  it('refuses parts of records and labels beyond 9', async () => {
    const refused = (bytes: Uint8Array) => failure('INVALID_FILE', () => parseCifarBinary(bytes, 'batch'))
    expect(await refused(records.subarray(0, 4000))).toBe(
      'Expected batch to hold records of 3073 bytes, got 1 and 927 bytes (truncated).',
    )
    expect(await refused(record(10, 0))).toContain('labels from 0 to 9, got 10 in record 0')
  })

  it('parses any bytes or refuses them', async () => {
    await expectParsedOrRefused(
      damaged(records),
      (bytes) => parseCifarBinary(bytes, 'batch'),
      ({ images, labels }) => expect(images.length).toBe(3072 * labels.length),
      300,
    )
  })
})

describe('cifarRecordsFromSheet', () => {
  it('gives the records from which the sheet was made', () => {
    expect(cifarRecordsFromSheet(sheet, [3, 9], 'sheet')).toEqual(records)
  })

  it('refuses other images, other sizes and labels beyond 9', async () => {
    const refused = (bytes: Uint8Array, labels: number[]) =>
      failure('INVALID_FILE', () => cifarRecordsFromSheet(bytes, labels, 'sheet'))
    expect(await refused(records, [3, 9])).toContain('a PNG image, got something else')
    expect(await refused(sheet, [3])).toContain('1024 × 1 pixels')
    expect(await refused(sheet, [3, 10])).toContain('got 10 for row 1')
    const grey = PNG.sync.write(sheetOf(records), { colorType: 0 })
    expect(await refused(grey, [3, 9])).toContain('colour type 0')
    expect(await refused(sheet.subarray(0, sheet.length - 40), [3, 9])).toContain('an intact PNG image')
    const chunk = Uint8Array.from(sheet.subarray(0, Buffer.from(sheet).indexOf('IDAT') + 4))
    chunk.set(Buffer.from('ID\nT'), chunk.length - 4)
    expect(await refused(chunk, [3, 9])).toMatch(
      /^Expected sheet to hold an intact PNG image, got .*ID\\nT.*\.$/,
    )
  })

  it('decodes no more than the size it checked', async () => {
    const bomb = Uint8Array.from(PNG.sync.write(new PNG({ width: 1024, height: 4000 }), { colorType: 2 }))
    new DataView(bomb.buffer).setUint32(20, 2)
    expect(await failure('INVALID_FILE', () => cifarRecordsFromSheet(bomb, [3, 9], 'sheet'))).toContain('PNG')
  })

  it('decodes any bytes or refuses them', async () => {
    await expectParsedOrRefused(
      damaged(sheet),
      (bytes) => cifarRecordsFromSheet(bytes, [3, 9], 'sheet'),
      (decoded) => expect(decoded.length).toBe(2 * 3073),
      300,
    )
  })
})

describe('readTarGz', () => {
  async function archive(files: Readonly<Record<string, Uint8Array>>, gzip = true): Promise<string> {
    const folder = temporaryFolder()
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes)
    const path = join(folder, 'archive.tar.gz')
    await create({ file: path, cwd: folder, gzip }, Object.keys(files))
    return path
  }

  it('finds files by name, gzip-compressed or not', async () => {
    for (const gzip of [true, false]) {
      const path = await archive({ a: Uint8Array.of(1, 2), b: new Uint8Array(), c: Uint8Array.of(3) }, gzip)
      const files = await readTarGz(path, new Map(Object.entries({ a: 2, b: 9 })))
      expect([...files].map(([name, bytes]) => [name, [...bytes]])).toEqual([
        ['a', [1, 2]],
        ['b', []],
      ])
    }
  })

  it('refuses missing files, larger files and archives that expand too much', async () => {
    const refused = (path: string, name: string, limit: number) =>
      failure('INVALID_FILE', () => readTarGz(path, new Map([[name, limit]])))
    const small = await archive({ a: Uint8Array.of(1, 2) })
    expect(await refused(small, 'a', 1)).toContain('a of 2 bytes')
    expect(await refused(small, 'b', 1)).toContain('a file b, got none')
    const zeros = await archive({ a: new Uint8Array(2 ** 22) })
    expect(await refused(zeros, 'a', 2 ** 23)).toContain('an intact tar archive')
  })

  it('reads any bytes or refuses them', async () => {
    const noise = Uint8Array.from({ length: 2000 }, (_, index) => (index * index * 31) % 253)
    const path = await archive({ noise })
    const good = Uint8Array.from(readFileSync(path))
    await expectParsedOrRefused(
      fc.oneof(damaged(good), fc.constant(good)),
      async (bytes) => {
        writeFileSync(path, bytes)
        return readTarGz(path, new Map([['noise', 2000]]))
      },
      (files) => expect(files.get('noise')?.length).toBeLessThanOrEqual(2000),
      200,
    )
  })
})
