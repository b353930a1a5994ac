import { describe, expect, it } from 'vitest'
import type {
  NativeAttack,
  NativeTrainerOptions,
  NativeTrainingRecord,
  Precision,
} from '../../src/native/contract.js'
import { Trainer } from '../../src/reference/index.js'
import {
  activations,
  addon,
  featureAligned,
  nameOf,
  overlappingShape,
  precisions,
  problem,
  problemOf,
  rounded,
  type Shape,
  tiling,
  trainerOptions,
  typed,
} from '../helpers/native-cases.js'
import { gradientAscent, largestDifference, numbers } from '../helpers/reference-cases.js'
import { iterationTolerance, largestMagnitude } from '../helpers/tolerances.js'

interface TrainingCase {
  shape?: Shape
  options?: Partial<NativeTrainerOptions>
  velocity?: Float64Array
  attacks?: (network: NativeTrainerOptions['network']) => NativeAttack[]
}

const forever = { threads: 2, seconds: Number.POSITIVE_INFINITY }

async function expectTrainingLikeOracle(precision: Precision, training: TrainingCase) {
  const { shape, options, velocity: start, attacks } = training
  const current = problem(precision, 31, { dimension: 8, samples: 7, ...shape })
  const full = trainerOptions(current, {
    ...options,
    ...(start && { velocity: typed(precision, start) }),
    attacks: attacks?.(current.network) ?? [],
  })
  const native = new addon.Trainer(full)
  const oracle = new Trainer({ ...full, ...current.oracle })
  const found = await native.advance(forever)
  const expected = oracle.advance()
  expect(found.status).toBe(expected.status)
  expect(found.iteration).toBe(expected.iteration)
  expect(native.iteration).toBe(expected.iteration)
  expectSameRecords(precision, found.records, expected.records)

  const weights = oracle.weights()
  const tolerance = iterationTolerance(precision, largestMagnitude(weights))
  expect(largestDifference(native.weights(), weights)).toBeLessThanOrEqual(tolerance)
  // Without momentum the engine leaves the velocity as it came.
  if (full.momentum > 0) {
    const velocity = oracle.velocity()
    expect(largestDifference(native.velocity(), velocity)).toBeLessThanOrEqual(
      iterationTolerance(precision, largestMagnitude(velocity)),
    )
  }
}

function expectSameRecords(
  precision: Precision,
  found: NativeTrainingRecord[],
  expected: NativeTrainingRecord[],
): void {
  expect(found.map((record) => Object.keys(record).sort())).toEqual(
    expected.map((record) => Object.keys(record).sort()),
  )
  for (const [i, record] of expected.entries()) {
    for (const [name, value] of Object.entries(record) as [string, number | Float64Array][]) {
      const wanted = typeof value === 'number' ? [value] : value
      const actual = found[i]![name as keyof NativeTrainingRecord]
      expect(
        largestDifference(typeof actual === 'number' ? [actual] : actual!, wanted),
        `${name} of record ${i}`,
      ).toBeLessThanOrEqual(iterationTolerance(precision, largestMagnitude(wanted)))
    }
  }
}

const cases: readonly (readonly [string, TrainingCase])[] = [
  ['standard training', {}],
  ['no iterations', { options: { learningRates: new Float64Array(0) } }],
  ['a schedule', { options: { learningRates: Float64Array.of(0.3, 0, 0.1, 0.01) } }],
  ['momentum', { options: { momentum: 0.9 } }],
  ['records now and then', { options: { recordEvery: 2 } }],
  ['records at the ends alone', { options: { recordEvery: 1000 } }],
  ['probes', { options: { probes: numbers(1, 5 * 8) } }],
  [
    'batches with a short last one',
    { options: { batchSize: 3, learningRates: new Float64Array(8).fill(0.1) } },
  ],
  ['batches with momentum', { options: { batchSize: 2, momentum: 0.5 } }],
  ['batches of one', { options: { batchSize: 1 } }],
  ['a batch of everything, in another order', { options: { batchSize: 7 } }],
  ['a batch larger than the data', { options: { batchSize: 100 } }],
  [
    'from a later iteration with a velocity',
    {
      options: { iteration: 3, momentum: 0.5, batchSize: 3 },
      velocity: numbers(4, 3 * 2 * 8, 0.01),
    },
  ],
  ['one sample', { shape: { samples: 1 } }],
  ['one dimension, one filter', { shape: { dimension: 1, filtersPerClass: 1, classes: 2 } }],
  ['odd sizes', { shape: { samples: 9, patches: 5, dimension: 33, classes: 5, filtersPerClass: 3 } }],
  ['one more than whole tiles', { shape: { dimension: 4, samples: tiling.eightWholeTiles + 1 } }],
  [
    'batches of several tiles, the last one short',
    {
      shape: { dimension: 4, samples: 150 },
      options: { batchSize: tiling.eightWholeTiles + 1 },
    },
  ],
  [
    'more tiles than chunks',
    {
      shape: { samples: 67, patches: 512, dimension: 1, classes: 2, filtersPerClass: 1 },
      options: { learningRates: new Float64Array(3).fill(1e-3) },
    },
  ],
  ['overlapping patches', { shape: overlappingShape(4, 2) }],
  ['adversarial training', { attacks: () => [gradientAscent()] }],
  ['one ascent step, gradient rule', { attacks: () => [gradientAscent({ rule: 'gradient', steps: 1 })] }],
  [
    'ℓ∞ from random starts',
    { attacks: () => [gradientAscent({ norm: 'linf', randomStart: true, stepSize: 0.1 })] },
  ],
  ['restarts', { attacks: () => [gradientAscent({ restarts: 3, steps: 2 })] }],
  ['a surrogate slope', { attacks: () => [gradientAscent({ surrogateSlope: 0.0625 })] }],
  ['one ball per input', { attacks: () => [gradientAscent({ budget: 'input', loss: 'margin' })] }],
  ['clean and adversarial loss', { options: { cleanWeight: 0.25 }, attacks: () => [gradientAscent()] }],
  ['the clean loss beside an attack', { options: { cleanWeight: 1 }, attacks: () => [gradientAscent()] }],
  ['the aligned attack', { attacks: (network) => [featureAligned(network)] }],
  [
    'the worst of a list',
    {
      options: { batchSize: 3, momentum: 0.5, cleanWeight: 0.5 },
      attacks: (network) => [
        gradientAscent({ randomStart: true }),
        featureAligned(network, { selection: 'perPatch' }),
        gradientAscent({ norm: 'linf', stepSize: 0.1 }),
      ],
    },
  ],
  [
    'attacks on overlapping patches',
    {
      shape: overlappingShape(4, 2),
      options: { batchSize: 3 },
      attacks: () => [gradientAscent({ budget: 'input', randomStart: true })],
    },
  ],
]

describe.each(precisions)('training in %s', (precision) => {
  it.each(cases)('%s', (_, training) => expectTrainingLikeOracle(precision, training))

  it.each(activations.map((activation) => [nameOf(activation), activation] as const))(
    '%s',
    async (_, activation) => {
      await expectTrainingLikeOracle(precision, {
        shape: { activation },
        options: { learningRates: new Float64Array(3).fill(1e-4) },
        attacks: () => [gradientAscent({ steps: 1 })],
      })
    },
  )

  it('holds inputs in the box', async () => {
    const { oracle } = problem(precision, 33)
    const inputs = oracle.data.inputs.map((value) => Math.min(Math.max(value, 0), 1))
    const boxed = problemOf(precision, oracle.network, { ...oracle.data, inputs })
    const options = trainerOptions(boxed, {
      attacks: [gradientAscent({ lower: 0, upper: 1, radius: 3, stepSize: 2 })],
    })
    const native = new addon.Trainer(options)
    const expected = new Trainer({ ...options, ...boxed.oracle })
    await native.advance(forever)
    expected.advance()
    expect(largestDifference(native.weights(), expected.weights())).toBeLessThanOrEqual(
      iterationTolerance(precision, largestMagnitude(expected.weights())),
    )
  })

  it('records a loss that is no longer finite and stops before the step', async () => {
    const current = problem(precision, 35, { activation: { kind: 'polynomial', power: 3, threshold: 1 } })
    const options = trainerOptions(current, {
      learningRates: new Float64Array(20).fill(1e12),
      recordEvery: 1000,
    })
    const native = new addon.Trainer(options)
    const { status, iteration, records } = await native.advance(forever)
    expect(status).toBe('diverged')
    expect(records.at(-1)).toMatchObject({ iteration })
    expect(Number.isFinite(records.at(-1)!.loss) && Number.isFinite(records.at(-1)!.gradientNorm)).toBe(false)
    expect(iteration).toBeLessThan(20)
    if (precision === 'float64') {
      expect(new Trainer({ ...options, ...current.oracle }).advance()).toMatchObject({ status, iteration })
    }
  })

  it('repeats the closing record when asked to go on after the end', async () => {
    const trainer = new addon.Trainer(trainerOptions(problem(precision, 36)))
    const { records } = await trainer.advance(forever)
    const again = await trainer.advance(forever)
    expect(again).toEqual({ iteration: 5, status: 'finished', records: records.slice(-1) })
  })

  it('leaves the velocity alone without momentum', async () => {
    const current = problem(precision, 37)
    const velocity = typed(precision, numbers(1, current.network.weights.length))
    const trainer = new addon.Trainer(trainerOptions(current, { velocity }))
    await trainer.advance(forever)
    expect(trainer.velocity()).toEqual(velocity)
  })

  it('computes probe products from the weights it holds', async () => {
    const current = problem(precision, 38)
    const probes = rounded(precision, numbers(2, 3 * 4))
    const trainer = new addon.Trainer(trainerOptions(current, { probes, learningRates: new Float64Array(0) }))
    const { records } = await trainer.advance(forever)
    expect(records[0]!.probeProducts.length).toBe(6 * 3)
    expect(records[0]!.learningRate).toBe(0)
  })
})
