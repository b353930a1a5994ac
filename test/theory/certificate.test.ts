import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Activation,
  certify,
  PatchData,
  PatchNetwork,
  polynomial,
  relu,
  smoothedRelu,
} from '../../src/index.js'
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
      { numRuns: Number(process.env.CERT_RUNS ?? 150), seed: Number(process.env.CERT_SEED ?? 1) },
    )
  })
})
