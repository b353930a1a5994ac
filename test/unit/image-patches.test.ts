import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { imagePatchData, imagePatchLayout, type PatchGrid } from '../../src/data/image-patches.js'
import { createImageDataset } from '../../src/data/images/image-dataset.js'
import { failure } from '../helpers/errors.js'

const grid: PatchGrid = { height: 4, width: 6, channels: 1, window: 2, stride: 2 }
const invalid = (change: Partial<PatchGrid>) =>
  failure('INVALID_ARGUMENT', () => imagePatchLayout({ ...grid, ...change }))

function imagesOf({ height, width, channels }: PatchGrid, count: number) {
  const images = Uint8Array.from(
    { length: count * height * width * channels },
    (_, index) => (index * 37) % 256,
  )
  return createImageDataset({
    name: 'test',
    images,
    labels: new Uint8Array(count),
    height,
    width,
    channels,
    classes: 2,
  })
}

describe('imagePatchLayout', () => {
  it('goes through patches row by row and keeps channels last', () => {
    const layout = imagePatchLayout({ height: 2, width: 4, channels: 2, window: 2, stride: 2 })
    expect(layout).toMatchObject({ patches: 2, dimension: 8, overlapping: false })
    expect([...layout.positions]).toEqual([0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15])
  })

  it('overlaps where the stride is below the window', () => {
    const layout = imagePatchLayout({ height: 3, width: 3, channels: 1, window: 2, stride: 1 })
    expect(layout).toMatchObject({ patches: 4, dimension: 4, overlapping: true })
    expect([...layout.positions]).toEqual([0, 1, 3, 4, 1, 2, 4, 5, 3, 4, 6, 7, 4, 5, 7, 8])
    expect(imagePatchLayout({ height: 28, width: 28, channels: 1, window: 4, stride: 4 }).patches).toBe(49)
  })

  it('takes the whole image as one patch at any stride', () => {
    for (const stride of [1, 3, 9]) {
      const layout = imagePatchLayout({ height: 3, width: 3, channels: 1, window: 3, stride })
      expect(layout).toMatchObject({ patches: 1, dimension: 9, overlapping: false })
    }
  })

  it('names the strides that fit', async () => {
    expect(await invalid({ height: 28, width: 28, window: 4, stride: 5 })).toBe(
      'Expected `stride` to be one of 1, 2, 3, 4 so that 4 × 4 patches cover 28 × 28 images, got 5.',
    )
    expect(await invalid({ height: 28, width: 28, window: 2, stride: 13 })).toContain('one of 1, 2 so that')
    expect(await invalid({ height: 5, width: 4, window: 3, stride: 2 })).toContain('to be 1 so that')
    expect(await invalid({ window: 5 })).toBe('Expected `window` to be at most 4 for 4 × 6 images, got 5.')
    expect(await invalid({ stride: 0 })).toBe('Expected `stride` to be a positive integer, got 0.')
    expect(await invalid({ channels: 1.5 })).toContain('`channels`')
    expect(await invalid({ height: 65000, width: 65000, window: 1, stride: 1 })).toContain('2^31 − 1')
  })

  it('covers every pixel and agrees with its own description', async () => {
    const size = fc.integer({ min: 1, max: 9 })
    const grids = fc.record({
      height: size,
      width: size,
      channels: fc.integer({ min: 1, max: 3 }),
      window: size,
      stride: size,
    })
    await fc.assert(
      fc.asyncProperty(grids, async (candidate) => {
        const { height, width, channels, window, stride } = candidate
        const fits = (length: number) => window <= length && (length - window) % stride === 0
        const single = window === height && window === width
        if (!(single || (fits(height) && fits(width) && stride <= window))) {
          await failure('INVALID_ARGUMENT', () => imagePatchLayout(candidate))
          return
        }
        const { patches, dimension, positions, overlapping } = imagePatchLayout(candidate)
        expect(positions.length).toBe(patches * dimension)
        expect(dimension).toBe(window * window * channels)
        expect(new Set(positions)).toEqual(
          new Set(Array.from({ length: height * width * channels }, (_, index) => index)),
        )
        expect(overlapping).toBe(positions.length > height * width * channels)
      }),
      { numRuns: 500 },
    )
  })
})

describe('imagePatchData', () => {
  it('gathers patches that do not overlap', () => {
    const dataset = imagesOf(grid, 3)
    const layout = imagePatchLayout(grid)
    const data = imagePatchData(dataset, layout, 'float64')
    expect(data).toMatchObject({ samples: 3, patches: 6, dimension: 4, inputSize: 24, classes: 2 })
    expect(data).not.toHaveProperty('layout')
    for (let sample = 0; sample < 3; sample++) {
      for (const [index, position] of layout.positions.entries()) {
        expect(data.inputs[sample * 24 + index]).toBe((dataset.images[sample * 24 + position] ?? 0) / 255)
      }
    }
  })

  it('keeps pixel order where patches overlap', () => {
    const overlapping = { ...grid, stride: 1 }
    const dataset = imagesOf(overlapping, 2)
    const layout = imagePatchLayout(overlapping)
    const data = imagePatchData(dataset, layout)
    expect(data).toMatchObject({
      samples: 2,
      patches: 15,
      dimension: 4,
      inputSize: 24,
      layout: layout.positions,
    })
    expect(data.inputs).toEqual(Float32Array.from(dataset.images, (pixel) => pixel / 255))
  })

  it('scales 0 to 0 and 255 to 1', () => {
    const one = { height: 1, width: 2, channels: 1, window: 1, stride: 1 }
    const dataset = createImageDataset({
      ...one,
      name: 'ends',
      images: Uint8Array.of(0, 255),
      labels: Uint8Array.of(1),
      classes: 2,
    })
    const data = imagePatchData(dataset, imagePatchLayout(one))
    expect([...data.inputs]).toEqual([0, 1])
    expect(data.labels).toEqual(Int32Array.of(1))
  })

  it('refuses a layout for images of another size', async () => {
    const layout = imagePatchLayout({ ...grid, height: 6 })
    expect(await failure('INVALID_ARGUMENT', () => imagePatchData(imagesOf(grid, 1), layout))).toBe(
      'Expected `layout` to be for 4 × 6 × 1 images, got 6 × 6 × 1.',
    )
  })
})
