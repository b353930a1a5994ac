import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Activation,
  certify,
  evaluateRobustness,
  PatchData,
  PatchNetwork,
  pgd,
  polynomial,
  relu,
  smoothedRelu,
} from '../../src/index.js'
import { nativeAddon } from '../../src/native/addon.js'
import { noise, worstMarginFound } from '../helpers/worst-margin.js'

interface Shape {
  classes: number
  dimension: number
  filtersPerClass: number
  patches: number
  activation: Activation
  seed: number
}

function tiny({ classes, dimension, filtersPerClass, patches, activation, seed }: Shape, samples = 4) {
  const random = noise(seed)
  const draw = (count: number, scale: number) => Float64Array.from({ length: count }, () => scale * random())
  const network = new PatchNetwork({
    classes,
    dimension,
    filtersPerClass,
    activation,
    weights: draw(classes * filtersPerClass * dimension, 1.5),
  })
  const inputs = draw(samples * patches * dimension, 1.5)
  const labelled = (labels: number[]) =>
    PatchData.fromArrays({ classes, dimension, patches, inputs, labels: Int32Array.from(labels) })
  return { network, labelled, samples }
}

/** Labels are the network's own predictions, so that there is something to certify. */
async function predicted(shape: Shape, samples?: number) {
  const made = tiny(shape, samples)
  const first = made.labelled(Array.from({ length: made.samples }, () => 0))
  const { scores } = await made.network.evaluate(first)
  const labels = Array.from({ length: made.samples }, (_, n) => {
    const own = scores.subarray(n * shape.classes, (n + 1) * shape.classes)
    return own.indexOf(Math.max(...own))
  })
  return { network: made.network, data: made.labelled(labels) }
}

const activations = fc.oneof(
  fc.constant(relu()),
  fc.record({ power: fc.integer({ min: 2, max: 5 }) }).map(polynomial),
  fc
    .record({
      power: fc.integer({ min: 2, max: 5 }),
      threshold: fc.double({ min: 0.1, max: 2, noNaN: true }),
    })
    .map(smoothedRelu),
)
const shapes = fc.record({
  classes: fc.integer({ min: 2, max: 3 }),
  dimension: fc.integer({ min: 1, max: 3 }),
  filtersPerClass: fc.integer({ min: 1, max: 3 }),
  patches: fc.integer({ min: 1, max: 3 }),
  activation: activations,
  seed: fc.integer({ min: 0, max: 1e6 }),
})
const threats = fc.record({
  norm: fc.constantFrom('l2' as const, 'linf' as const),
  budget: fc.constantFrom('patch' as const, 'input' as const),
  radius: fc.oneof(fc.double({ min: 0, max: 2, noNaN: true }), fc.constantFrom(0, 1e-12, 1e-6, 1e-3, 10)),
})

describe('the certificate', () => {
  it('is never above what an attack attains', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, threats, fc.integer({ min: 0, max: 400 }), async (shape, threat, effort) => {
        const { network, data } = await predicted(shape)
        const { margin } = await certify(network, data, { ...threat, effort })
        const attained = worstMarginFound(network, data, threat)
        for (const [n, bound] of margin.entries()) expect(bound).toBeLessThanOrEqual(attained[n]!)
      }),
      { numRuns: 150, seed: 1 },
    )
  })

  it('decides tiny networks with a ball per patch', async () => {
    const threat = { norm: 'l2', budget: 'patch', radius: 0.3 } as const
    let robust = 0
    for (const [seed, activation] of [relu(), polynomial(), smoothedRelu()].entries()) {
      const shape = { classes: 3, dimension: 2, filtersPerClass: 3, patches: 2, activation, seed }
      const { network, data } = await predicted(shape, 24)
      const { certified } = await certify(network, data, { ...threat, effort: 3000 })
      const attained = worstMarginFound(network, data, threat)
      for (const [n, flag] of certified.entries()) {
        if (Math.abs(attained[n]!) > 1e-3) expect(flag).toBe(attained[n]! > 0 ? 1 : 0)
        robust += flag
      }
    }
    expect(robust).toBeGreaterThan(10)
  })

  it.each(['l2', 'linf'] as const)('tends to the clean margin as the radius goes to 0, %s', async (norm) => {
    for (const budget of ['patch', 'input'] as const) {
      const shape = {
        classes: 3,
        dimension: 6,
        filtersPerClass: 2,
        patches: 4,
        activation: smoothedRelu(),
        seed: 5,
      }
      const { network, data } = await predicted(shape, 12)
      const clean = await network.evaluate(data)
      for (const radius of [0, 1e-9, 1e-6]) {
        const { certifiedAccuracy, margin } = await certify(network, data, { norm, budget, radius })
        expect(certifiedAccuracy).toBe(clean.accuracy)
        for (const [n, bound] of margin.entries()) {
          expect(bound).toBeLessThanOrEqual(clean.margin[n]! + 1e-12)
          expect(bound).toBeGreaterThanOrEqual(clean.margin[n]! - 1e-9 - 100 * radius)
        }
      }
    }
  })

  it('gives the same bits on any number of threads', async () => {
    const shape = { classes: 3, dimension: 3, filtersPerClass: 3, patches: 3, activation: relu(), seed: 3 }
    const { network, data } = await predicted(shape, 10)
    const margins = [1, 2, 5].map(
      async (threads) => (await certify(network, data, { radius: 0.5, effort: 500, threads })).margin,
    )
    const [one, two, five] = await Promise.all(margins)
    expect(two).toEqual(one)
    expect(five).toEqual(one)
  })

  it('never certifies a misclassified sample', async () => {
    const shape = { classes: 2, dimension: 2, filtersPerClass: 2, patches: 2, activation: relu(), seed: 8 }
    const { network, labelled, samples } = tiny(shape, 30)
    const data = labelled(Array.from({ length: samples }, (_, n) => n % 2))
    const clean = await network.evaluate(data)
    for (const radius of [0, 0.1]) {
      const { certified } = await certify(network, data, { radius })
      expect(certified.some((flag) => flag === 1)).toBe(true)
      expect(certified.every((flag, n) => flag === 0 || clean.margin[n]! > 0)).toBe(true)
    }
  })

  it('proves more with more effort, never less', async () => {
    const shape = {
      classes: 2,
      dimension: 8,
      filtersPerClass: 5,
      patches: 6,
      activation: smoothedRelu(),
      seed: 2,
    }
    const { network, data } = await predicted(shape, 12)
    let before: Uint8Array | undefined
    for (const effort of [0, 50, 500, 5000]) {
      const { certified } = await certify(network, data, { radius: 0.4, effort })
      if (before !== undefined) expect(certified.every((flag, n) => flag >= before![n]!)).toBe(true)
      before = certified
    }
  })

  it('stands beside the attacks in evaluateRobustness', async () => {
    const shape = { classes: 2, dimension: 3, filtersPerClass: 3, patches: 3, activation: relu(), seed: 4 }
    const { network, data } = await predicted(shape, 20)
    const attacks = [pgd({ radius: 0.3, steps: 20, restarts: 3, randomStart: true })]
    const plain = await evaluateRobustness(network, data, { attacks })
    expect(plain.certified).toBeUndefined()
    const found = await evaluateRobustness(network, data, { attacks, certify: true })
    const alone = await certify(network, data, { radius: 0.3 })
    expect(found.certified).toEqual(alone.certified)
    expect(found.certifiedAccuracy).toBe(alone.certifiedAccuracy)
    expect(found.certifiedAccuracy).toBeLessThanOrEqual(found.robustAccuracy)
    expect(found.certifiedAccuracy).toBeGreaterThan(0)
  })

  it('certifies nothing where a product overflows', async () => {
    const weights = Float64Array.of(1, 0, 1e200, 1e200)
    const shape = { classes: 2, dimension: 2, filtersPerClass: 1 }
    const inputs = Float64Array.of(1e150, -1e150)
    const data = PatchData.fromArrays({
      patches: 1,
      dimension: 2,
      classes: 2,
      inputs,
      labels: Int32Array.of(0),
    })
    for (const activation of [relu(), smoothedRelu()]) {
      const network = new PatchNetwork({ ...shape, activation, weights })
      for (const budget of ['patch', 'input'] as const) {
        const { certified } = await certify(network, data, { radius: 1, budget })
        expect([...certified]).toEqual([0])
      }
    }
  })

  it('refuses overlapping patches and stops when told to', async () => {
    const shape = { classes: 2, dimension: 4, filtersPerClass: 2, patches: 1, activation: relu(), seed: 1 }
    const { network } = tiny(shape, 1)
    const layout = Int32Array.from([0, 1, 3, 4, 1, 2, 4, 5])
    const images = new (nativeAddon().PatchData)({
      samples: 1,
      patches: 2,
      dimension: 4,
      classes: 2,
      inputSize: 6,
      inputs: new Float64Array(6),
      labels: new Int32Array(1),
      layout,
    })
    await expect(async () =>
      nativeAddon().certify(network.native, images, {
        norm: 'l2',
        budget: 'patch',
        radius: 0.1,
        effort: 1,
        threads: 1,
      }),
    ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    const { data } = await predicted(shape)
    const signal = AbortSignal.abort()
    await expect(certify(network, data, { radius: 0.1, signal })).rejects.toMatchObject({ code: 'ABORTED' })
    for (const wrong of [{ radius: -1 }, { radius: 0.1, effort: -1 }, { radius: Number.NaN }]) {
      await expect(certify(network, data, wrong)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' })
    }
  })
})
