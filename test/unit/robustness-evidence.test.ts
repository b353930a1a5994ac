import { describe, expect, it } from 'vitest'
import { gradientsTooSmall } from '../../src/analysis/gradient-sight.js'
import { decidedDifferently } from '../../src/analysis/precision-check.js'
import { evaluateRobustness, PatchData, PatchNetwork, pgd, relu } from '../../src/index.js'

const threat = { norm: 'l2', radius: 0.5, budget: 'patch' } as const

function samples(type: typeof Float32Array | typeof Float64Array, ...inputs: number[]): PatchData {
  const count = inputs.length / 4
  return PatchData.fromArrays({
    patches: 2,
    dimension: 2,
    classes: 2,
    inputs: type.from(inputs),
    labels: new Int32Array(count),
  })
}

describe('gradients that are tiny', () => {
  const cubic = new PatchNetwork({
    classes: 2,
    filtersPerClass: 1,
    dimension: 2,
    activation: { kind: 'polynomial', power: 3 },
    weights: Float32Array.of(1, 0, 0, 1),
  })

  it('are those whose step within the radius no score can show', async () => {
    // Scores z³ with slopes 3 z²: at z = 1 the step shows; with no slope at all it does not.
    const data = samples(Float32Array, 1, 0, 0, 0, 0, 0, 0, 0)
    expect([...(await gradientsTooSmall(cubic, data, threat, {}))]).toEqual([0, 1])
    expect([...(await gradientsTooSmall(cubic, data, { ...threat, radius: 1e-9 }, {}))]).toEqual([1, 1])
    expect([
      ...(await gradientsTooSmall(cubic.toDouble(), data.toDouble(), { ...threat, radius: 1e-9 }, {})),
    ]).toEqual([0, 1])
  })

  it.each(['l2', 'linf'] as const)('raise vanishing-gradients although none is zero, %s', async (norm) => {
    const data = samples(Float32Array, 1, 0, 0, 0)
    const attacks = [pgd({ radius: 1e-9, norm })]
    const { flags, outcomes } = await evaluateRobustness(cubic, data, { attacks })
    expect([...outcomes[0]!.vanishedGradient]).toEqual([0])
    expect(flags.map(({ name }) => name)).toContain('vanishing-gradients')
  })
})

describe('float32 against float64', () => {
  // F_0 = x_0 + x_1 and F_1 = x_0: at 2²⁵ their difference of 1 is below the spacing of float32.
  const large = new PatchNetwork({
    classes: 2,
    filtersPerClass: 1,
    dimension: 2,
    activation: relu(),
    weights: Float32Array.of(1, 1, 1, 0),
  })
  const data = samples(Float32Array, 2 ** 25, 1, 0, 0)

  it('marks samples that rounding decides, and raises precision-disagrees', async () => {
    const { margin } = await large.evaluate(data)
    const wide = await large.toDouble().evaluate(data.toDouble())
    expect([margin[0], wide.margin[0]]).toEqual([0, 1])
    const marks = await decidedDifferently(large, data, { clean: margin, worst: margin }, undefined, {})
    expect([...marks]).toEqual([1])
    const { flags } = await evaluateRobustness(large, data, { attacks: [pgd({ radius: 0.01 })] })
    expect(flags.map(({ name }) => name)).toContain('precision-disagrees')
  })

  it('is silent in float64', async () => {
    const { flags } = await evaluateRobustness(large.toDouble(), data.toDouble(), {
      attacks: [pgd({ radius: 0.01 })],
    })
    expect(flags.map(({ name }) => name)).not.toContain('precision-disagrees')
  })
})
