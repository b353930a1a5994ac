import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseSvhn } from '../../src/data/images/formats/svhn.js'
import { failure } from '../helpers/errors.js'
import { damaged, expectParsedOrRefused } from '../helpers/fuzz.js'
import { matlabFile, svhnVariables } from '../helpers/matlab-file.mjs'
import { projectRoot } from '../helpers/run-node.js'

const images = Uint8Array.from({ length: 2 * 3072 }, (_, index) => (index * 7) % 251)
const [X, y] = svhnVariables(images, [10, 3])
const parse = (variables: Parameters<typeof matlabFile>[0]) => parseSvhn(matlabFile(variables), 'svhn.mat')

describe('parseSvhn', () => {
  it('puts channels last and makes label 10 the digit 0', async () => {
    expect(await parse([X!, y!])).toEqual({
      images,
      labels: Uint8Array.of(0, 3),
      height: 32,
      width: 32,
      channels: 3,
    })
  })

  it('takes labels that are doubles, stored as such or as bytes, and one image without a fourth dimension', async () => {
    for (const type of [2, 9])
      expect((await parse([{ ...y!, kind: 6, type }, X!])).labels).toEqual(Uint8Array.of(0, 3))
    const [one, label] = svhnVariables(images.subarray(0, 3072), [1])
    expect((await parse([{ ...one!, shape: [32, 32, 3] }, label!])).labels).toEqual(Uint8Array.of(1))
  })

  it('says what is wrong with a file', async () => {
    const refused = (variables: Parameters<typeof matlabFile>[0]) =>
      failure('INVALID_FILE', () => parse(variables))
    expect(await refused([X!])).toBe("Expected svhn.mat to hold the numeric arrays X and y, got 'X'.")
    expect(await refused([{ ...X!, shape: [32, 96, 1, 2] }, y!])).toContain('32 × 32 × 3 × N')
    expect(await refused([X!, { ...y!, data: [1], shape: [1, 1] }])).toContain('2 labels in y, got 1')
    expect(await refused([X!, { ...y!, data: [1, 11] }])).toContain('labels from 1 to 10 in y, got 11')
    expect(await refused([X!, { ...y!, data: [1, 0] }])).toContain('got 0')
    expect(await refused([X!, { ...y!, data: [1, 1.5], kind: 6, type: 9 }])).toContain('got 1.5')
    expect(await refused([{ ...X!, type: 1 }, y!])).toContain('bytes in X, got an Int8Array')
  })

  it('parses any bytes or refuses them', async () => {
    await expectParsedOrRefused(
      damaged(Uint8Array.from(matlabFile([X!, y!]))),
      (file) => parseSvhn(file, 'svhn.mat'),
      (parsed) => expect(parsed.images.length).toBe(3072 * parsed.labels.length),
      300,
    )
  })
})

const shared = join(projectRoot, '..', 'shared', 'data', 'svhn')

describe.skipIf(!existsSync(shared))(
  'files of the real SVHN (skipped where ../shared/data/svhn is absent)',
  () => {
    const read = (name: string) => parseSvhn(readFileSync(join(shared, name)), name)

    it('are read', async () => {
      const { images: pixels, labels } = await read('test_32x32.mat')
      expect(labels.length).toBe(287)
      expect(pixels.length).toBe(287 * 3072)
      expect([...labels.subarray(0, 10)]).toEqual([1, 9, 2, 3, 2, 5, 9, 3, 3, 1])
      expect(new Set(labels).size).toBe(10)
      expect((await read('train_32x32.mat')).labels.length).toBe(1170)
    })

    it('are refused when a download was cut off', async () => {
      expect(await failure('INVALID_FILE', () => read('truncated_official_train_32x32.mat'))).toBe(
        'Expected truncated_official_train_32x32.mat to hold 182004347 bytes of data, got 712568 (truncated).',
      )
    })
  },
)
