import { describe, expect, it } from 'vitest'
import {
  adversarial,
  attackSuite,
  type CustomAttack,
  createImageDataset,
  evaluateRobustness,
  featureAligned,
  PatchData,
  type PatchNetwork,
  pgd,
  transfer,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { smallDistribution, smallNetwork } from '../helpers/library-cases.js'

const distribution = smallDistribution()
const data = await distribution.sample(12)
const [network, source] = [smallNetwork(), smallNetwork({ seed: 6 })]
const radius = 0.5

describe('transfer', () => {
  it('has the threat model of the attack it lends', () => {
    const lent = pgd({ radius, norm: 'linf', budget: 'input', bounds: [-3, 3] })
    expect(transfer(source, lent)).toMatchObject({
      name: `transfer-${lent.name}`,
      norm: 'linf',
      radius,
      budget: 'input',
      bounds: [-3, 3],
    })
    expect(transfer(source, pgd({ radius }))).not.toHaveProperty('bounds')
  })

  it.each(['l2', 'linf'] as const)(
    'made from the attacked network is the attack itself, %s',
    async (norm) => {
      const attack = pgd({ radius, norm })
      const run = async (attacks: Parameters<typeof evaluateRobustness>[2]['attacks']) =>
        (await evaluateRobustness(network, data, { attacks })).margin
      expect(await run([transfer(network, attack)])).toEqual(await run([attack]))
    },
  )

  it('made from another network is judged on the attacked one', async () => {
    const attack = transfer(source, featureAligned(distribution, { radius }))
    const { outcomes, perturbations } = await evaluateRobustness(network, data, {
      attacks: [attack],
      keepPerturbations: true,
    })
    const made = await evaluateRobustness(source, data, {
      attacks: [featureAligned(distribution, { radius })],
      keepPerturbations: true,
    })
    const fresh = await network.evaluate(data, { perturbation: made.perturbations })
    expect(outcomes[0]!.margin).toEqual(fresh.margin)
    expect(perturbations).toHaveLength(data.samples * data.inputSize)
  })

  it.each(['patch', 'input'] as const)(
    'never helps the network with more restarts, budget %s',
    async (budget) => {
      const margins: Float64Array[] = []
      for (const restarts of [1, 2, 3, 5]) {
        const attacks = [transfer(source, pgd({ radius, budget, restarts, steps: 2 }))]
        margins.push((await evaluateRobustness(network, data, { attacks })).margin)
      }
      for (const [index, margin] of margins.slice(1).entries())
        expect(margin.every((value, n) => value <= margins[index]![n]!)).toBe(true)
      expect(margins[3]!.some((value, n) => value < margins[0]![n]!)).toBe(true)
    },
  )

  it('draws its starts from its seed', async () => {
    const attack = pgd({ radius, randomStart: true, steps: 0 })
    const perturb = (seed: number) =>
      transfer(source, attack, { seed }).perturb(network, data, { threads: 1 })
    expect(await perturb(3)).toEqual(await perturb(3))
    expect(await perturb(3)).not.toEqual(await perturb(4))
  })

  it('lends attacks of a user too', async () => {
    const seen: PatchNetwork[] = []
    const custom: CustomAttack = {
      name: 'none',
      norm: 'l2',
      radius,
      budget: 'patch',
      async perturb(attacked, { samples, inputSize }) {
        seen.push(attacked)
        return new Float32Array(samples * inputSize)
      },
    }
    await evaluateRobustness(network, data, { attacks: [transfer(source, custom)] })
    expect(seen).toEqual([source])
  })

  it('refuses a source that does not fit the data, and what is no network', async () => {
    for (const wrong of [smallNetwork({ dimension: 7 }), source.toDouble()]) {
      const attacks = [transfer(wrong, pgd({ radius }))]
      expect(
        await failure('INVALID_ARGUMENT', () => evaluateRobustness(network, data, { attacks })),
      ).toContain('`source`')
    }
    await failure('INVALID_ARGUMENT', () => transfer({} as PatchNetwork, pgd({ radius })))
    await failure('UNKNOWN_OPTION', () => transfer(source, pgd({ radius }), { sed: 1 } as object))
  })
})

describe('the suite with transfer', () => {
  const threats = (['l2', 'linf'] as const).flatMap((norm) =>
    (['patch', 'input'] as const).map((budget) => ({ norm, budget })),
  )

  it.each(threats)('holds every kind of attack: $norm, $budget', ({ norm, budget }) => {
    const names = attackSuite(distribution, { radius, norm, budget, transferFrom: source }).map(
      ({ name }) => name,
    )
    const threat = `${norm}-0.5-${budget}`
    expect(names).toEqual([
      `pgd-50-${threat}-restarts-2`,
      `pgd-50-${threat}-surrogate-0.05-restarts-2`,
      `pgd-50-${threat}-margin-restarts-2`,
      `pgd-50-${threat}-margin-surrogate-0.05-restarts-2`,
      `feature-aligned-${threat}`,
      `transfer-pgd-50-${threat}-restarts-2`,
      `transfer-pgd-50-${threat}-surrogate-0.05-restarts-2`,
    ])
  })

  it.each(threats)('is monotone in restarts and attacks, and re-scored: $norm, $budget', async (threat) => {
    const options = { radius, steps: 4, transferFrom: source, ...threat }
    const all = attackSuite(distribution, { ...options, restarts: 1 })
    let before = (await network.evaluate(data)).margin
    for (let count = 1; count <= all.length; count++) {
      const { margin } = await evaluateRobustness(network, data, { attacks: all.slice(0, count) })
      expect(margin.every((value, n) => value <= before[n]!)).toBe(true)
      before = margin
    }
    const more = await evaluateRobustness(network, data, {
      attacks: attackSuite(distribution, { ...options, restarts: 3 }),
      keepPerturbations: true,
    })
    expect(more.margin.every((value, n) => value <= before[n]!)).toBe(true)
    const fresh = await network.evaluate(data, { perturbation: more.perturbations })
    expect(fresh.margin).toEqual(more.margin)
  })

  it.each(threats)(
    'at radius 0 gives the clean accuracy and margins exactly: $norm, $budget',
    async (threat) => {
      const attacks = attackSuite(distribution, { radius: 0, steps: 3, transferFrom: source, ...threat })
      const { margin, robustAccuracy, cleanAccuracy } = await evaluateRobustness(network, data, { attacks })
      const clean = await network.evaluate(data)
      expect(margin).toEqual(clean.margin)
      expect([robustAccuracy, cleanAccuracy]).toEqual([clean.accuracy, clean.accuracy])
    },
  )

  it.each<[unknown, RegExp]>([
    [{}, /^Expected `transferFrom` to be a PatchNetwork, got an empty object\.$/],
    [
      smallNetwork({ dimension: 5 }),
      /^Expected `transferFrom` to be a network of 2 classes and dimension 6, like the features, got 2 and 5\.$/,
    ],
  ])('refuses a network it cannot transfer from, %#', async (transferFrom, message) => {
    const options = { radius, transferFrom: transferFrom as PatchNetwork }
    expect(await failure('INVALID_ARGUMENT', () => attackSuite(distribution, options))).toMatch(message)
  })

  it('is refused as what training runs', async () => {
    const wrong = [transfer(source, pgd({ radius }))] as never
    await failure('INVALID_ARGUMENT', () => adversarial(wrong))
  })
})

describe('toDouble', () => {
  it('keeps every number, and what is double already', async () => {
    const wide = data.toDouble()
    expect(wide.precision).toBe('float64')
    expect(wide.inputs()).toEqual(Float64Array.from(data.inputs()))
    expect(wide.labels()).toEqual(data.labels())
    expect(wide.toDouble()).toBe(wide)
    const double = network.toDouble()
    expect(double.weights).toEqual(Float64Array.from(network.weights))
    expect(double.toDouble()).toBe(double)
    expect((await double.evaluate(wide)).accuracy).toBe((await network.evaluate(data)).accuracy)
  })

  it('keeps how overlapping image patches lie', () => {
    const images = createImageDataset({
      name: 'tiny',
      images: Uint8Array.from({ length: 9 }, (_, index) => 20 * index),
      labels: Uint8Array.of(1),
      height: 3,
      width: 3,
      channels: 1,
      classes: 2,
    })
    const overlapping = PatchData.fromImages(images, { window: 2, stride: 1 })
    const wide = overlapping.toDouble()
    expect(wide).toMatchObject({ overlapping: true, patches: 4, inputSize: 9 })
    expect(wide.inputs()).toEqual(Float64Array.from(overlapping.inputs()))
  })
})
