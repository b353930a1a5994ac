import { describe, expect, it } from 'vitest'
import { featureExtent } from '../../src/analysis/feature-extent.js'
import { normal } from '../../src/reference/index.js'
import { failure } from '../helpers/errors.js'

const size = 60
const classes = 3

/** Images whose class adds `height` to `carriers` numbers of its own, with noise. */
function planted(
  count: number,
  { height, carriers, noise, seed = 5 }: Record<'height' | 'carriers' | 'noise', number> & { seed?: number },
) {
  const labels = Int32Array.from({ length: count }, (_, n) => n % classes)
  const random = normal(seed, 'test/extent', 0, count * size)
  const changes = Float32Array.from(random, (value, index) => {
    const [n, e] = [Math.floor(index / size), index % size]
    const own = Math.floor(e / carriers) === labels[n]
    return (own ? height : 0) + noise * value
  })
  return { changes, labels }
}

describe('featureExtent', () => {
  it('finds the numbers and the strength of what a class adds', () => {
    const { changes, labels } = planted(24, { height: 0.5, carriers: 10, noise: 0 })
    // Of each class: 0.5 on its own 10 numbers, −0.25 on those of the two others.
    const norm = Math.sqrt(10 * 0.5 ** 2 + 20 * 0.25 ** 2)
    const numbers = norm ** 4 / (10 * 0.5 ** 4 + 20 * 0.25 ** 4)
    const found = featureExtent(changes, labels)!
    expect(found.numbers).toBeCloseTo(numbers, 4)
    expect(found.strength).toBeCloseTo(norm / Math.sqrt(numbers), 5)
  })

  it('is not made larger or denser by noise that is particular to images', () => {
    const { changes, labels } = planted(600, { height: 0.5, carriers: 10, noise: 0.5 })
    const plain = planted(24, { height: 0.5, carriers: 10, noise: 0 })
    const exact = featureExtent(plain.changes, plain.labels)!
    const found = featureExtent(changes, labels)!
    expect(Math.abs(found.strength / exact.strength - 1)).toBeLessThan(0.1)
    expect(Math.abs(found.numbers / exact.numbers - 1)).toBeLessThan(0.1)
  })

  it('gives what is possible or nothing where there is nothing but noise', () => {
    const found = Array.from({ length: 40 }, (_, seed) => {
      const { changes, labels } = planted(30, { height: 0, carriers: 10, noise: 1, seed })
      return featureExtent(changes, labels)
    })
    expect(found.filter((extent) => extent === undefined).length).toBeGreaterThan(10)
    for (const extent of found) {
      if (extent === undefined) continue
      expect(extent.numbers).toBeGreaterThanOrEqual(1)
      expect(extent.numbers).toBeLessThanOrEqual(size)
      expect(extent.strength).toBeGreaterThan(0)
    }
  })

  it('refuses labels without four images of a class', async () => {
    const labels = Int32Array.of(0, 0, 0, 1, 1, 1)
    expect(await failure('INVALID_ARGUMENT', () => featureExtent(new Float32Array(12), labels))).toContain(
      '4 images of a class',
    )
  })
})
