import { describe, expect, it } from 'vitest'
import {
  type CustomAttack,
  evaluateRobustness,
  type FloatArray,
  oneStep,
  PatchData,
  pgd,
  type ThreatModel,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { smallDistribution, smallNetwork } from '../helpers/library-cases.js'
import { largestDifference } from '../helpers/reference-cases.js'

const distribution = smallDistribution()
const single = await distribution.sample(20)
const double = await distribution.sample(20, { precision: 'float64' })
const network = smallNetwork()

const threat: ThreatModel = { norm: 'linf', radius: 0.2, budget: 'patch' }
const fastGradientSign: CustomAttack = {
  ...threat,
  name: 'fast-gradient-sign',
  async perturb(network, data, options) {
    const gradient = await network.inputGradient(data, options)
    return gradient.map((value) => threat.radius * Math.sign(value)) as FloatArray
  },
}

/** An attack that answers `perturbation` whatever it is asked. */
function answering(perturbation: unknown, changes: Partial<ThreatModel> = {}): CustomAttack {
  return { ...threat, ...changes, name: 'cheat', perturb: async () => perturbation as FloatArray }
}

const zeros = new Float32Array(600)
const evaluate = (attack: CustomAttack) => evaluateRobustness(network, single, { attacks: [attack] })

describe('an attack written in TypeScript', () => {
  it('does what the engine does with the same rule', async () => {
    const network = smallNetwork({ precision: 'float64' })
    const run = (attack: Parameters<typeof evaluateRobustness>[2]['attacks'][number]) =>
      evaluateRobustness(network, double, { attacks: [attack], keepPerturbations: true })
    const [own, engine] = [await run(fastGradientSign), await run(oneStep(threat as { radius: number }))]
    expect(largestDifference(own.margin, engine.margin)).toBeLessThan(1e-12)
    expect(own.robustAccuracy).toBe(engine.robustAccuracy)
    expect(own.outcomes[0]).toMatchObject({
      name: 'fast-gradient-sign',
      accuracy: engine.outcomes[0]!.accuracy,
    })
    expect(own.threat).toEqual(engine.threat)
    expect(largestDifference(own.perturbations!, engine.perturbations!)).toBeLessThan(1e-12)
  })

  it('stands beside attacks of the engine, in any order', async () => {
    const engine = pgd({ ...(threat as { radius: number }), steps: 3 })
    const run = (attacks: (CustomAttack | typeof engine)[]) =>
      evaluateRobustness(network, single, { attacks })
    const [first, last] = [await run([fastGradientSign, engine]), await run([engine, fastGradientSign])]
    expect(first.outcomes.map(({ name }) => name)).toEqual([fastGradientSign.name, engine.name])
    expect(last.outcomes).toEqual(first.outcomes.toReversed())
    expect(first.margin).toEqual(last.margin)
  })

  it('gets the signal and the threads', async () => {
    const { signal } = new AbortController()
    let seen: object = {}
    const attack: CustomAttack = {
      ...threat,
      name: 'watching',
      async perturb(_network, data, options) {
        seen = options
        return new Float32Array(data.samples * data.inputSize)
      },
    }
    await evaluateRobustness(network, single, { attacks: [attack], threads: 2, signal })
    expect(seen).toEqual({ threads: 2, signal })
  })

  it('may use its whole radius, up to rounding', async () => {
    const full = new Float32Array(600).fill(0.2)
    expect((await evaluate(answering(full))).outcomes[0]!.norm[0]).toBeCloseTo(0.2, 7)
    const unit = new Float32Array(600).fill(1 / Math.sqrt(30))
    const ball = { norm: 'l2', radius: 1, budget: 'input' } as const
    expect((await evaluate(answering(unit, ball))).outcomes[0]!.norm[0]).toBeCloseTo(1, 6)
  })

  it.each<[string, CustomAttack, RegExp]>([
    [
      'leaves the ball of one patch',
      answering(zeros.with(577, 0.21)),
      /^Expected the perturbation of cheat on sample 19 to be of norm at most 0\.2, got norm 0\.2/,
    ],
    [
      'leaves the ball of the input',
      answering(
        zeros.map((_, i) => (i < 30 ? 0.1 : 0)),
        { norm: 'l2', budget: 'input', radius: 0.5 },
      ),
      /sample 0 to be of norm at most 0\.5, got norm 0\.547/,
    ],
    [
      'answers NaN',
      answering(zeros.with(31, Number.NaN)),
      /sample 1 to be of norm at most 0\.2, got norm NaN/,
    ],
    ['answers infinity', answering(zeros.with(31, -Infinity)), /sample 1 .* got norm Infinity/],
    [
      'answers too few numbers',
      answering(zeros.subarray(1)),
      /^Expected `the perturbations of cheat` to be 600 numbers long, got 599\.$/,
    ],
    [
      'answers in another precision',
      answering(Float64Array.from(zeros)),
      /to be Float32Array, got a Float64Array of length 600\.$/,
    ],
    ['answers a plain array', answering([...zeros]), /to be Float32Array, got an array of length 600\.$/],
    ['answers nothing', answering(undefined), /to be Float32Array, got nothing\.$/],
    [
      'answers in shared memory',
      answering(new Float32Array(new SharedArrayBuffer(2400))),
      /to be Float32Array on an ArrayBuffer, got one on a SharedArrayBuffer\.$/,
    ],
  ])('is refused when it %s', async (_, attack, message) => {
    expect(await failure('INVALID_ARGUMENT', () => evaluate(attack))).toMatch(message)
  })

  it('is refused when it leaves the box', async () => {
    const inBox = PatchData.fromArrays({
      patches: 1,
      dimension: 6,
      classes: 2,
      inputs: new Float32Array(12).fill(0.9),
      labels: Int32Array.of(0, 1),
    })
    const boxed = (perturbation: Float32Array) => () =>
      evaluateRobustness(network, inBox, { attacks: [answering(perturbation, { bounds: [0, 1] })] })
    const outside = new Float32Array(12).with(8, 0.11) as Float32Array
    expect(await failure('INVALID_ARGUMENT', boxed(outside))).toBe(
      'Expected the perturbation of cheat on sample 1 to be within [0,1], got an input outside.',
    )
    await boxed(new Float32Array(12).with(8, 0.1) as Float32Array)()
  })

  it('passes its own failure on', async () => {
    const attack: CustomAttack = {
      ...threat,
      name: 'failing',
      perturb: () => Promise.reject(new Error('out of ideas')),
    }
    await expect(evaluate(attack)).rejects.toThrow('out of ideas')
  })
})
