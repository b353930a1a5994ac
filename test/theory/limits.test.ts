import { describe, expect, it } from 'vitest'
import type { NativeAttack, NativeTrainerOptions } from '../../src/native/contract.js'
import {
  addon,
  featureAligned,
  type Problem,
  precisions,
  problem,
  trainerOptions,
} from '../helpers/native-cases.js'
import { gradientAscent, numbers } from '../helpers/reference-cases.js'

const forever = { threads: 2, seconds: Number.POSITIVE_INFINITY }

async function trained(current: Problem, options: Partial<NativeTrainerOptions>) {
  const trainer = new addon.Trainer(trainerOptions(current, { probes: numbers(1, 16), ...options }))
  const { records, status } = await trainer.advance(forever)
  expect(status).toBe('finished')
  return { weights: trainer.weights(), velocity: trainer.velocity(), records }
}

/** The records of adversarial training, which say the same thing under two more names. */
function asStandard({ records, ...rest }: Awaited<ReturnType<typeof trained>>) {
  return {
    ...rest,
    records: records.map(({ adversarialLoss: _, adversarialAccuracy: __, ...record }) => record),
  }
}

/** Eight tiles and a shorter last one. */
const samples = 69

describe.each(precisions)('adversarial training in %s equals standard training bit for bit', (precision) => {
  const current = problem(precision, 41, { dimension: 8, samples })
  const nothing: readonly (readonly [string, NativeAttack[]])[] = [
    ['radius 0, one step', [gradientAscent({ radius: 0, steps: 1 })]],
    ['radius 0, the gradient rule', [gradientAscent({ radius: 0, rule: 'gradient', budget: 'input' })]],
    [
      'radius 0, ℓ∞ from random starts',
      [gradientAscent({ radius: 0, norm: 'linf', randomStart: true, restarts: 2 })],
    ],
    ['radius 0, the aligned attack', [featureAligned(current.network, { radius: 0 })]],
    ['radius 0, a list', [gradientAscent({ radius: 0 }), featureAligned(current.network, { radius: 0 })]],
    ['no steps', [gradientAscent({ steps: 0 })]],
    ['a step size of 0', [gradientAscent({ stepSize: 0 })]],
  ]

  it.each(nothing)('%s', async (_, attacks) => {
    for (const options of [{}, { batchSize: 7, momentum: 0.9 }]) {
      const standard = await trained(current, options)
      expect(asStandard(await trained(current, { ...options, attacks }))).toEqual(standard)
    }
  })

  it('all weight on the clean loss', async () => {
    const standard = await trained(current, {})
    const { weights } = await trained(current, { attacks: [gradientAscent()], cleanWeight: 1 })
    expect(weights).toEqual(standard.weights)
  })
})

describe.each(precisions)('what has no size changes nothing in %s', (precision) => {
  const current = problem(precision, 43, { dimension: 8 })

  it('no iterations', async () => {
    const { weights } = await trained(current, { learningRates: new Float64Array(0) })
    expect(weights).toEqual(current.network.weights)
  })

  it('a learning rate of 0', async () => {
    const { weights } = await trained(current, { learningRates: new Float64Array(3), momentum: 0.5 })
    expect(weights).toEqual(current.network.weights)
  })

  it.each([
    ['no steps', { steps: 0 }],
    ['radius 0', { radius: 0, randomStart: true }],
    ['step size 0', { stepSize: 0 }],
  ])('an attack of %s leaves every sample as it is', async (_, change) => {
    const attacks = [gradientAscent(change)]
    const options = { seed: 1, round: 0, keepPerturbations: true, threads: 1 }
    const { perturbations, norm, loss } = await addon.attack(current.network, current.data, attacks, options)
    expect(perturbations![0]!.every((value) => value === 0)).toBe(true)
    expect(norm.every((value) => value === 0)).toBe(true)
    const clean = await addon.forward(current.network, current.data, undefined, { threads: 1 })
    expect(loss).toEqual(clean.loss)
  })

  it('a zero perturbation', async () => {
    const zero = current.network.weights.constructor as Float64ArrayConstructor
    const length = current.data.samples * current.data.inputSize
    const none = await addon.forward(current.network, current.data, undefined, { threads: 1 })
    expect(await addon.forward(current.network, current.data, new zero(length), { threads: 1 })).toEqual(none)
  })
})
