import { describe, expect, it } from 'vitest'
import {
  type Attack,
  attackSuite,
  type EvaluateRobustnessOptions,
  evaluateRobustness,
  featureAligned,
  oneStep,
  PatchData,
  PatchNetwork,
  pgd,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { smallDistribution, smallNetwork } from '../helpers/library-cases.js'

const distribution = smallDistribution({ noise: 0.2, robustStrength: 1, nonRobustStrength: 0.5 })
const data = await distribution.sample(60)
// Filters along the features, so that clean accuracy is high, and noise, so that attacks differ.
const { robustFeatures, nonRobustFeatures } = distribution
const network = smallNetwork({ filtersPerClass: 1 }).withWeights(
  smallNetwork({ filtersPerClass: 1, initialScale: 0.15 }).weights.map(
    (value, i) => value + robustFeatures[i]! + nonRobustFeatures[i]!,
  ),
)
const radius = 0.3
const attacks = attackSuite(distribution, { radius, steps: 5, restarts: 1 })

describe('evaluateRobustness', () => {
  it.each([
    ['patch', data.dimension],
    ['input', data.inputSize],
  ] as const)('takes a radius for too large from one corner of a %s to the other', async (budget, size) => {
    const flagged = async (radius: number) => {
      const attack = pgd({ radius, budget, bounds: [-10, 10], steps: 1 })
      const { flags } = await evaluateRobustness(network, data, { attacks: [attack] })
      return flags.some(({ name }) => name === 'radius-too-large')
    }
    const widest = 20 * Math.sqrt(size)
    expect(await flagged(0.999 * widest)).toBe(false)
    expect(await flagged(1.001 * widest)).toBe(true)
  })

  it('takes the worst case per sample', async () => {
    const { cleanAccuracy, robustAccuracy, margin, robust, worstAttack, outcomes, samples, threat } =
      await evaluateRobustness(network, data, { attacks })
    expect(samples).toBe(60)
    expect(threat).toEqual({ norm: 'l2', radius, budget: 'patch' })
    expect(outcomes.map(({ name }) => name)).toEqual(attacks.map(({ name }) => name))
    const clean = await network.evaluate(data)
    expect(cleanAccuracy).toBe(clean.accuracy)
    for (const n of Array.from({ length: 60 }, (_, index) => index)) {
      const candidates = [clean.margin[n]!, ...outcomes.map((outcome) => outcome.margin[n]!)]
      const worst = Math.min(...candidates)
      expect(margin[n]).toBe(worst)
      expect(robust[n]).toBe(worst > 0 ? 1 : 0)
      expect(candidates[worstAttack[n]! + 1]).toBe(worst)
    }
    expect(robustAccuracy).toBe(robust.reduce((sum, flag) => sum + flag, 0) / 60)
    // The case is no test of anything unless some samples fall and some stand.
    expect(robustAccuracy).toBeGreaterThan(0)
    expect(robustAccuracy).toBeLessThan(cleanAccuracy)
    for (const { accuracy, norm } of outcomes) {
      expect(accuracy).toBeGreaterThanOrEqual(robustAccuracy)
      expect(Math.max(...norm)).toBeLessThanOrEqual(radius * (1 + 1e-6))
    }
  })

  it('never rises with more attacks', async () => {
    let before = (await network.evaluate(data)).margin
    for (let count = 1; count <= attacks.length; count++) {
      const { margin } = await evaluateRobustness(network, data, { attacks: attacks.slice(0, count) })
      expect(margin.every((value, n) => value <= before[n]!)).toBe(true)
      before = margin
    }
  })

  it('never rises with more restarts', async () => {
    const runs = await Promise.all(
      [1, 2, 5].map((restarts) =>
        evaluateRobustness(network, data, {
          attacks: [pgd({ radius, steps: 2, restarts, randomStart: true })],
          seed: 3,
        }),
      ),
    )
    for (const [index, { margin }] of runs.slice(1).entries()) {
      expect(margin.every((value, n) => value <= runs[index]!.margin[n]!)).toBe(true)
      expect(margin.some((value, n) => value < runs[index]!.margin[n]!)).toBe(true)
    }
  })

  it('at radius 0 is the clean accuracy', async () => {
    const clean = await network.evaluate(data)
    for (const norm of ['l2', 'linf'] as const) {
      const result = await evaluateRobustness(network, data, {
        attacks: [
          ...attackSuite(distribution, { radius: 0, norm, steps: 3 }),
          oneStep({ radius: 0, norm }),
          pgd({ radius: 0, norm, randomStart: true }),
        ],
      })
      expect(result.robustAccuracy).toBe(clean.accuracy)
      expect(result.margin).toEqual(clean.margin)
      expect(result.flags).toEqual([])
    }
  })

  it('returns perturbations that give the margins again', async () => {
    const { margin, perturbations, worstAttack } = await evaluateRobustness(network, data, {
      attacks,
      keepPerturbations: true,
    })
    const again = await network.evaluate(data, { perturbation: perturbations })
    expect(again.margin).toEqual(margin)
    expect(new Set(worstAttack).size).toBeGreaterThan(1)
  })

  it('leaves clean inputs alone where no attack does harm', async () => {
    const { worstAttack, perturbations } = await evaluateRobustness(network, data, {
      attacks: [pgd({ radius, steps: 0 })],
      keepPerturbations: true,
    })
    expect([...worstAttack]).toEqual(new Array(60).fill(-1))
    expect(perturbations?.every((value) => value === 0)).toBe(true)
  })

  it('is a function of the seed, not of threads', async () => {
    const run = (options: Partial<EvaluateRobustnessOptions>) =>
      evaluateRobustness(network, data, {
        attacks: [pgd({ radius, steps: 2, randomStart: true })],
        ...options,
      })
    expect(await run({ seed: 1, threads: 3 })).toEqual(await run({ seed: 1, threads: 1 }))
    expect((await run({ seed: 2 })).margin).not.toEqual((await run({ seed: 1 })).margin)
  })

  it('of no samples is empty', async () => {
    const none = await distribution.sample(0)
    const result = await evaluateRobustness(network, none, { attacks })
    expect(result).toMatchObject({ samples: 0, cleanAccuracy: 0, robustAccuracy: 0, flags: [] })
  })

  it('keeps the perturbed input within bounds', async () => {
    const inputs = data.inputs()
    const bounds: [number, number] = [Math.min(...inputs), Math.max(...inputs)]
    const { perturbations, threat } = await evaluateRobustness(network, data, {
      attacks: [pgd({ radius: 5, norm: 'linf', bounds })],
      keepPerturbations: true,
    })
    expect(threat.bounds).toEqual(bounds)
    const moved = inputs.map((value, i) => Math.fround(value + perturbations![i]!))
    expect(Math.min(...moved)).toBeGreaterThanOrEqual(bounds[0] - 1e-6)
    expect(Math.max(...moved)).toBeLessThanOrEqual(bounds[1] + 1e-6)
  })

  it.each<[string, Attack[]]>([
    ['radii', [pgd({ radius: 1 }), pgd({ radius: 2 })]],
    ['norms', [pgd({ radius: 1 }), pgd({ radius: 1, norm: 'linf' })]],
    ['budgets', [pgd({ radius: 1 }), pgd({ radius: 1, budget: 'input' })]],
    ['bounds', [pgd({ radius: 1, bounds: [-9, 9] }), featureAligned(distribution, { radius: 1 })]],
  ])('refuses attacks of different %s', async (_, different) => {
    expect(
      await failure('INVALID_ARGUMENT', () => evaluateRobustness(network, data, { attacks: different })),
    ).toBe(
      `Expected \`attacks\` to share norm, radius, budget and bounds, got ${different[0]!.name} and ${different[1]!.name}.`,
    )
  })

  it('refuses an attack whose stated radius is not the one the engine gets', async () => {
    const relabelled = { ...pgd({ radius: 1 }), radius: 0.1 }
    expect(
      await failure('INVALID_ARGUMENT', () => evaluateRobustness(network, data, { attacks: [relabelled] })),
    ).toBe(
      'Expected pgd-10-l2-1-patch to be as it was made, got one whose norm, radius, budget or bounds were changed.',
    )
  })

  it.each<[object, string]>([
    [{ attacks: [] }, 'Expected `attacks` to be a list of at least one attack, got an array of length 0.'],
    [{}, 'Expected `attacks` to be an array, got nothing.'],
    [{ attacks: [{ name: 'none' }] }, "Expected `attacks[0].norm` to be one of 'l2', 'linf', got nothing."],
    [{ attacks, seed: -1 }, 'Expected `seed` to be an integer from 0 to 2^53 − 1, got -1.'],
    [{ attacks, threads: 0 }, 'Expected `threads` to be an integer from 1 to 1024, got 0.'],
  ])('%# wrong options are refused', async (options, message) => {
    const evaluate = () => evaluateRobustness(network, data, options as EvaluateRobustnessOptions)
    expect(await failure('INVALID_ARGUMENT', evaluate)).toBe(message)
  })

  it('names the option a misspelled one is nearest to', async () => {
    const evaluate = () =>
      evaluateRobustness(network, data, { attacks, keepPerturbation: true } as EvaluateRobustnessOptions)
    expect(await failure('UNKNOWN_OPTION', evaluate)).toContain('did you mean `keepPerturbations`?')
  })

  it('is aborted by its signal', async () => {
    const evaluate = (signal: AbortSignal) => evaluateRobustness(network, data, { attacks, signal })
    await failure('ABORTED', () => evaluate(AbortSignal.abort()))
    const controller = new AbortController()
    const pending = evaluateRobustness(network, data, {
      attacks: [pgd({ radius, steps: 1e6 })],
      signal: controller.signal,
    })
    setTimeout(() => controller.abort(), 20)
    await failure('ABORTED', () => pending)
  })
})

describe('flags', () => {
  /** One robust patch carries the label; on the others a wrong class's filter meets z = 0, where σ and σ′ vanish. */
  const masked = new PatchNetwork({
    classes: 2,
    filtersPerClass: 1,
    dimension: 4,
    weights: Float64Array.of(1, 0, 0, 0, 0, 1, 0, 0),
  })
  const patches = 200
  const blind = PatchData.fromArrays({
    patches,
    dimension: 4,
    classes: 2,
    inputs: new Float64Array(2 * 4 * patches).with(0, 1).with(4 * patches + 1, 1),
    labels: Int32Array.of(0, 1),
  })
  const features = smallDistribution({ dimension: 4 })

  it('say when gradient attacks overstate robustness', async () => {
    const plain = await evaluateRobustness(masked, blind, { attacks: [pgd({ radius: 0.3, steps: 20 })] })
    expect(plain.robustAccuracy).toBe(1)
    expect(plain.flags.map(({ name }) => name)).not.toContain('attacks-disagree')

    const suite = await evaluateRobustness(masked, blind, {
      attacks: attackSuite(features, { radius: 0.3, steps: 20, restarts: 1 }),
    })
    expect(suite.robustAccuracy).toBe(0)
    const flag = suite.flags.find(({ name }) => name === 'attacks-disagree')
    expect(flag).toMatchObject({ share: 1 })
    expect(flag?.message).toMatch(/100\.0 %.*featureAligned/)
  })

  it('say when every gradient is zero', async () => {
    const dead = masked.withWeights(Float64Array.of(-1, -1, 0, 0, -1, -1, 0, 0))
    const { flags, outcomes } = await evaluateRobustness(dead, blind, {
      attacks: [pgd({ radius: 0.3 }), pgd({ radius: 0.3, surrogateSlope: 0.1 })],
    })
    expect([...outcomes[0]!.vanishedGradient]).toEqual([1, 1])
    expect(flags.map(({ name, share }) => [name, share])).toEqual([
      ['vanishing-gradients', 1],
      ['loss-not-rising', 1],
    ])
    expect(flags[0]?.message).toMatch(/100\.0 % of the samples.*surrogateSlope/)
  })

  it('are silent where attacks agree', async () => {
    const { flags } = await evaluateRobustness(network, data, {
      attacks: [pgd({ radius, steps: 20 }), pgd({ radius, steps: 20, loss: 'margin' })],
    })
    expect(flags).toEqual([])
  })
})
