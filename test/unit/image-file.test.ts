import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  loadImageDataset,
  saveImageDataset,
  type Tensor,
  writeNpz,
  writeSafetensors,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { randomImages } from '../helpers/layered-cases.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

describe('a data set of images in a file', () => {
  it.each(['npz', 'safetensors', 'NPZ'])('is read back from .%s', async (ending) => {
    const path = join(temporaryFolder(), `images.${ending}`)
    const dataset = randomImages(1, { classes: 7 })
    await saveImageDataset(dataset, path)
    expect(await loadImageDataset(path)).toEqual(dataset)
    expect(readFileSync(path).subarray(0, 2).toString() === 'PK').toBe(ending !== 'safetensors')
  })

  it.each<[string, Tensor['data']]>([
    ['int64', BigInt64Array.of(4n, 0n)],
    ['int32', Int32Array.of(4, 0)],
    ['float32', Float32Array.of(4, 0)],
  ])('of another program, grey and with %s labels, is read', async (_, data) => {
    const path = join(temporaryFolder(), 'digits.npz')
    const images = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12)
    await writeNpz(path, {
      tensors: new Map<string, Tensor>([
        ['images', { shape: [2, 2, 3], data: images }],
        ['labels', { shape: [2], data }],
      ]),
    })
    expect(await loadImageDataset(path)).toEqual({
      name: 'digits',
      images,
      labels: Uint8Array.of(4, 0),
      count: 2,
      height: 2,
      width: 3,
      channels: 1,
      classes: 5,
    })
  })

  it('is refused with other arrays, labels or sizes', async () => {
    const path = join(temporaryFolder(), 'images.safetensors')
    const images: Tensor = { shape: [2, 1, 1, 1], data: Uint8Array.of(1, 2) }
    const labels = (...numbers: number[]): Tensor => ({
      shape: [numbers.length],
      data: Float64Array.from(numbers),
    })
    const cases: [Record<string, Tensor>, Record<string, string>, string][] = [
      [
        { labels: labels(0, 1) },
        {},
        "`images` of N × height × width × channels bytes, got 'labels' (Float64 of shape [2])",
      ],
      [{ images: { ...images, shape: [2] }, labels: labels(0, 1) }, {}, 'got Uint8 of shape [2]'],
      [
        { images: { ...images, data: new Float32Array(2) }, labels: labels(0, 1) },
        {},
        'got Float32 of shape [2, 1, 1, 1]',
      ],
      [{ images }, {}, "`labels` for each of 2 images, got 'images' (Uint8 of shape [2, 1, 1, 1])"],
      [{}, {}, 'got no arrays'],
      [
        Object.fromEntries(Array.from({ length: 7 }, (_, index) => [`x${index}`, labels(1)])),
        {},
        "'x4' (Float64 of shape [1]), 2 more.",
      ],
      [{ images, labels: labels(0) }, {}, 'got Float64 of shape [1]'],
      [{ images, labels: labels(0, 256) }, {}, 'integers from 0 to 255, got 256'],
      [{ images, labels: labels(0, 0.5) }, {}, 'got 0.5'],
      [{ images, labels: labels(0, 5) }, { classes: '5' }, '`labels[1]` to be from 0 to 4, got 5'],
      [{ images, labels: labels(0, 1) }, { classes: 'two' }, '`classes` to be an integer from 2 to 256'],
      [{ images: { shape: [2, 0, 1, 1], data: new Uint8Array(0) }, labels: labels(0, 1) }, {}, '`height`'],
    ]
    for (const [tensors, metadata, part] of cases) {
      await writeSafetensors(path, { tensors: new Map(Object.entries(tensors)), metadata })
      expect(await failure('INVALID_FILE', () => loadImageDataset(path))).toContain(part)
    }
  })
})
