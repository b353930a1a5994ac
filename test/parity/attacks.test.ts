import { describe, expect, it } from 'vitest'
import type { NativeAttack, NativeGradientAttack } from '../../src/native/contract.js'
import { attack as oracleAttack } from '../../src/reference/index.js'
import {
  activations,
  addon,
  featureAligned,
  nameOf,
  overlappingShape,
  type Problem,
  precisions,
  problem,
  problemOf,
  rounded,
  type Shape,
  tiling,
} from '../helpers/native-cases.js'
import { gradientAscent, largestDifference } from '../helpers/reference-cases.js'
import { iterationTolerance, largestMagnitude } from '../helpers/tolerances.js'

const draws = { seed: 21, round: 5 }

async function expectAttacksLikeOracle(current: Problem, attacks: NativeAttack[]): Promise<void> {
  const { precision, oracle, network, data } = current
  const options = { ...draws, keepPerturbations: true }
  const found = await addon.attack(network, data, attacks, { ...options, threads: 2 })
  const expected = oracleAttack(oracle.network, oracle.data, attacks, options)
  const scale = largestMagnitude(expected.margin)
  expect(largestDifference(found.margin, expected.margin)).toBeLessThanOrEqual(
    iterationTolerance(precision, scale),
  )
  expect(largestDifference(found.loss, expected.loss)).toBeLessThanOrEqual(
    iterationTolerance(precision, scale),
  )
  expect(found.vanishedGradient).toEqual(expected.vanishedGradient)
  for (const [a, attack] of attacks.entries()) {
    const norms = found.norm.subarray(a * oracle.data.samples, (a + 1) * oracle.data.samples)
    expect(largestMagnitude(norms)).toBeLessThanOrEqual(attack.radius)
    const perturbation = found.perturbations![a]!
    // In float32 a coordinate of almost no gradient may step the other way; what it does to the margin is compared above.
    if (precision === 'float64') {
      const difference = largestDifference(perturbation, expected.perturbations![a]!)
      expect(difference).toBeLessThanOrEqual(iterationTolerance(precision, attack.radius))
    }
    const { loss } = await addon.forward(network, data, perturbation, { threads: 1 })
    const reported = found.loss.subarray(a * oracle.data.samples, (a + 1) * oracle.data.samples)
    expect(largestDifference(reported, loss)).toBeLessThanOrEqual(iterationTolerance(precision, 0))
  }
}

const choices = (['crossEntropy', 'margin'] as const).flatMap((loss) =>
  (['gradient', 'normalized'] as const).flatMap((rule) =>
    (['l2', 'linf'] as const).flatMap((norm) =>
      (['patch', 'input'] as const).map((budget) => ({ loss, rule, norm, budget })),
    ),
  ),
)

const variants: readonly (readonly [string, Partial<NativeGradientAttack>])[] = [
  ['one step', { steps: 1, stepSize: 0.5 }],
  ['no step', { steps: 0 }],
  ['steps that leave the ball', { stepSize: 5 }],
  ['radius 0', { radius: 0 }],
  ['step size 0', { stepSize: 0 }],
  ['a random start, ℓ2 per patch', { randomStart: true }],
  ['a random start, ℓ2 per input', { randomStart: true, budget: 'input' }],
  ['a random start, ℓ∞', { randomStart: true, norm: 'linf', stepSize: 0.1 }],
  ['a random start and no step', { randomStart: true, steps: 0 }],
  ['restarts', { restarts: 3 }],
  ['restarts from random starts', { restarts: 3, randomStart: true, norm: 'linf' }],
  ['a surrogate slope', { surrogateSlope: 0.0625 }],
  ['a surrogate slope, gradient rule', { surrogateSlope: 0.0625, rule: 'gradient' }],
]

const shapes: readonly (readonly [string, Shape])[] = [
  ['no samples', { samples: 0 }],
  ['one sample, one patch', { samples: 1, patches: 1 }],
  ['one dimension', { dimension: 1 }],
  ['odd sizes', { samples: 7, patches: 5, dimension: 33, classes: 5, filtersPerClass: 3 }],
  ['one more than whole tiles', { samples: tiling.eightWholeTiles + 1 }],
  ['one less than whole tiles', { samples: tiling.eightWholeTiles - 1 }],
]

describe.each(precisions)('gradient ascent in %s', (precision) => {
  it.each(choices.map((choice) => [Object.values(choice).join(', '), choice] as const))(
    '%s',
    async (_, choice) => {
      await expectAttacksLikeOracle(problem(precision, 1), [gradientAscent(choice)])
    },
  )

  it.each(variants)('%s', async (_, variant) => {
    await expectAttacksLikeOracle(problem(precision, 3), [gradientAscent(variant)])
  })

  it.each(shapes)('%s', async (_, shape) => {
    await expectAttacksLikeOracle(problem(precision, 5, shape), [
      gradientAscent({ randomStart: true, steps: 2 }),
    ])
  })

  it.each(activations.map((activation) => [nameOf(activation), activation] as const))(
    '%s',
    async (_, activation) => {
      await expectAttacksLikeOracle(problem(precision, 7, { activation }), [gradientAscent({ steps: 2 })])
    },
  )

  it.each(['l2', 'linf'] as const)('overlapping patches, %s', async (norm) => {
    const current = problem(precision, 9, overlappingShape(4, 2))
    await expectAttacksLikeOracle(current, [gradientAscent({ norm, budget: 'input' })])
  })

  it.each(['l2', 'linf'] as const)('box bounds, %s', async (norm) => {
    const { oracle } = problem(precision, 11)
    const inputs = oracle.data.inputs.map((value) => Math.min(Math.max(value, 0), 1))
    const boxed = problemOf(precision, oracle.network, { ...oracle.data, inputs })
    const box = { norm, lower: 0, upper: 1, randomStart: true, restarts: 2 }
    await expectAttacksLikeOracle(boxed, [gradientAscent(box)])
    const options = { ...draws, keepPerturbations: true, threads: 1 }
    const { perturbations } = await addon.attack(boxed.network, boxed.data, [gradientAscent(box)], options)
    const reached = inputs.map((value, i) => rounded(precision, [value + perturbations![0]![i]!])[0]!)
    expect(Math.min(...reached)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...reached)).toBeLessThanOrEqual(1)
  })

  it('one bound alone', async () => {
    const { oracle } = problem(precision, 12)
    const inputs = oracle.data.inputs.map((value) => Math.max(value, 0))
    const boxed = problemOf(precision, oracle.network, { ...oracle.data, inputs })
    await expectAttacksLikeOracle(boxed, [gradientAscent({ lower: 0, radius: 2, stepSize: 1 })])
  })

  it('says where every gradient vanished', async () => {
    const { oracle } = problem(precision, 13, {
      samples: 2,
      patches: 1,
      dimension: 1,
      classes: 2,
      filtersPerClass: 1,
    })
    const network = { ...oracle.network, weights: Float64Array.of(1, 1) }
    const dead = problemOf(precision, network, { ...oracle.data, inputs: Float64Array.of(-1, 1) })
    const attacks = [gradientAscent({ radius: 0.25 }), gradientAscent({ radius: 0.25, surrogateSlope: 0.5 })]
    await expectAttacksLikeOracle(dead, attacks)
    const found = await addon.attack(dead.network, dead.data, attacks, {
      ...draws,
      keepPerturbations: false,
      threads: 1,
    })
    expect(found.vanishedGradient[0]).toBe(1)
    expect(found).not.toHaveProperty('perturbations')
  })
})

describe.each(precisions)('the feature-aligned attack in %s', (precision) => {
  const alignedShape = { dimension: 8 }
  const alignedChoices = (['l2', 'linf'] as const).flatMap((norm) =>
    (['patch', 'input'] as const).flatMap((budget) =>
      (['shared', 'perPatch'] as const).map((selection) => ({ norm, budget, selection })),
    ),
  )

  it.each(alignedChoices.map((choice) => [Object.values(choice).join(', '), choice] as const))(
    '%s',
    async (_, choice) => {
      const current = problem(precision, 15, alignedShape)
      await expectAttacksLikeOracle(current, [featureAligned(current.network, choice)])
    },
  )

  it.each([
    ['radius 0', { radius: 0 }],
    ['two splits', { splits: 2 }],
    ['a radius beyond the data', { radius: 20 }],
  ])('%s', async (_, variant) => {
    const current = problem(precision, 17, alignedShape)
    await expectAttacksLikeOracle(current, [featureAligned(current.network, variant)])
  })

  it.each([
    ['no samples', { samples: 0 }],
    ['one patch, two classes', { samples: 1, patches: 1, classes: 2 }],
    ['several tiles', { samples: 9, patches: 64, classes: 2, filtersPerClass: 1 }],
  ])('%s', async (_, shape) => {
    const current = problem(precision, 19, { ...alignedShape, ...shape })
    const attack = featureAligned(current.network, { splits: 3, selection: 'perPatch', budget: 'input' })
    await expectAttacksLikeOracle(current, [attack])
  })
})

describe.each(precisions)('lists of attacks in %s', (precision) => {
  it('are independent: every attack draws from its own streams', async () => {
    const current = problem(precision, 23, { dimension: 8 })
    await expectAttacksLikeOracle(current, [
      gradientAscent({ randomStart: true, restarts: 2 }),
      featureAligned(current.network),
      gradientAscent({ randomStart: true, restarts: 2 }),
    ])
  })

  it('may be empty', async () => {
    await expectAttacksLikeOracle(problem(precision, 24), [])
  })
})
