import { expect, it } from 'vitest'
import { finiteImages } from '../../src/experiments/finite-images.js'
import { createImageDataset } from '../../src/index.js'

const set = (...notFinite: number[]) => ({
  dataset: createImageDataset({
    name: 'made',
    images: Uint8Array.from(notFinite.keys()),
    labels: Uint8Array.from(notFinite, (_, n) => n % 2),
    height: 1,
    width: 1,
    channels: 1,
    classes: 2,
  }),
  construction: {} as never,
  initialLoss: new Float64Array(notFinite.length),
  loss: new Float64Array(notFinite.length),
  notFinite: Uint8Array.from(notFinite),
})

it('leaves out images whose making was not finite, and says of how many', () => {
  const { dataset, indices, flags } = finiteImages(set(0, 1, 0, 0, 1), 'mnist/seed-1')
  expect([...dataset.images]).toEqual([0, 2, 3])
  expect([...dataset.labels]).toEqual([0, 0, 1])
  expect(dataset.count).toBe(3)
  expect([...indices]).toEqual([0, 2, 3])
  expect(flags).toEqual([
    {
      where: 'mnist/seed-1',
      name: 'images-not-finite',
      message: 'A gradient was not finite on 2 of 5 images, which are left out.',
    },
  ])
})

it('gives a set that is finite as it is', () => {
  const whole = set(0, 0)
  expect(finiteImages(whole, 'x')).toEqual({
    dataset: whole.dataset,
    indices: Int32Array.of(0, 1),
    flags: [],
  })
})

it('takes a set without a finite image for a training that diverged', () => {
  expect(() => finiteImages(set(1, 1), 'x')).toThrow(
    expect.objectContaining({
      code: 'DIVERGED',
      message: 'Expected a finite gradient on some image of x, got none in 2.',
    }),
  )
})
