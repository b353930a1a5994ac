import { describe, expect, it } from 'vitest'
import {
  type CustomAttack,
  evaluateRobustness,
  learnedFeatures,
  PatchData,
  PatchNetwork,
  pgd,
  polynomial,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'

/** Class 0 scores 1 on the one sample; class 1 overflows as soon as the second input moves up. */
const shape = { classes: 2, dimension: 2 }
const network = new PatchNetwork({
  ...shape,
  filtersPerClass: 1,
  activation: polynomial({ power: 64 }),
  weights: Float64Array.of(1, 0, 0, 1e6),
})
const sample = (...inputs: number[]) =>
  PatchData.fromArrays({ ...shape, patches: 1, inputs: Float64Array.from(inputs), labels: Int32Array.of(0) })

describe('a network that overflows', () => {
  it.each(['gram', 'direct'] as const)('is not robust to an attack that makes it (%s)', async (space) => {
    const attacks = [pgd({ radius: 0.5, restarts: 50, surrogateSlope: 0.1, space })]
    const { cleanAccuracy, robustAccuracy, margin } = await evaluateRobustness(network, sample(1, 0), {
      attacks,
    })
    expect({ cleanAccuracy, robustAccuracy }).toEqual({ cleanAccuracy: 1, robustAccuracy: 0 })
    expect(margin[0]).toBeNaN()
  })

  it('is wrong without an attack too, so that radius 0 gives the clean accuracy', async () => {
    const data = sample(1, 1)
    expect((await network.evaluate(data)).accuracy).toBe(0)
    const { cleanAccuracy, robustAccuracy } = await evaluateRobustness(network, data, {
      attacks: [pgd({ radius: 0 })],
    })
    expect({ cleanAccuracy, robustAccuracy }).toEqual({ cleanAccuracy: 0, robustAccuracy: 0 })
  })
})

describe('a custom attack', () => {
  const honest: CustomAttack = {
    name: 'none',
    norm: 'l2',
    radius: 0.3,
    budget: 'patch',
    perturb: async () => new Float64Array(2),
  }

  it.each<[string, object, string]>([
    ['norm', { norm: 'L2' }, "`attacks[0].norm` to be one of 'l2', 'linf'"],
    ['budget', { budget: 'Patch' }, "`attacks[0].budget` to be one of 'patch', 'input'"],
    ['radius', { radius: Number.NaN }, '`attacks[0].radius` to be a non-negative number'],
    ['perturb', { perturb: 1 }, '`attacks[0].perturb` to be a function'],
  ])('with a wrong %s is refused', async (_, wrong, message) => {
    const attacks = [{ ...honest, ...wrong }]
    expect(
      await failure('INVALID_ARGUMENT', () => evaluateRobustness(network, sample(1, 0), { attacks })),
    ).toContain(message)
  })
})

it('coefficients of more filters than a call takes arguments can be summed up', () => {
  const filters = 2 * 300_000
  const robust = new Float64Array(2 * filters)
  robust[2 * 7] = 3
  expect(learnedFeatures({ robust, nonRobust: new Float64Array(2 * filters) }, 2)).toEqual({
    robust: [3, 0],
    nonRobust: [0, 0],
  })
})
