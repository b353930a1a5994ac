import { describe, expect, it } from 'vitest'
import { attackConfigSchema, attackFromConfig } from '../../src/attacks/attack-config.js'
import {
  attackSuite,
  type EngineAttack,
  featureAligned,
  type OneStepOptions,
  oneStep,
  type PgdOptions,
  pgd,
} from '../../src/index.js'
import { parseOptions } from '../../src/native/validation.js'
import { failure } from '../helpers/errors.js'
import { smallDistribution } from '../helpers/library-cases.js'

const distribution = smallDistribution()
const stepSizeOf = ({ native }: EngineAttack) =>
  native.kind === 'gradientAscent' ? native.stepSize : undefined

describe('names of attacks', () => {
  it.each<[EngineAttack, string]>([
    [pgd({ radius: 0.3 }), 'pgd-10-l2-0.3-patch'],
    [
      pgd({ radius: 0.1, norm: 'linf', budget: 'input', steps: 50, loss: 'margin', restarts: 3 }),
      'pgd-50-linf-0.1-input-margin-restarts-3',
    ],
    [pgd({ radius: 1, surrogateSlope: 0.05 }), 'pgd-10-l2-1-patch-surrogate-0.05'],
    [oneStep({ radius: 0.5 }), 'one-step-normalized-l2-0.5-patch'],
    [oneStep({ radius: 0.5, rule: 'gradient', ascentRate: 2 }), 'one-step-gradient-l2-0.5-patch'],
    [featureAligned(distribution, { radius: 0.5 }), 'feature-aligned-l2-0.5-patch'],
    [
      featureAligned(distribution, { radius: 0.5, norm: 'linf', selection: 'shared' }),
      'feature-aligned-linf-0.5-patch-shared',
    ],
  ])('%# carry what tells them apart', (attack, name) => {
    expect(attack.name).toBe(name)
  })

  it('differ within a suite', () => {
    const names = attackSuite(distribution, { radius: 0.3 }).map(({ name }) => name)
    expect(names).toEqual([
      'pgd-50-l2-0.3-patch-restarts-2',
      'pgd-50-l2-0.3-patch-surrogate-0.05-restarts-2',
      'pgd-50-l2-0.3-patch-margin-restarts-2',
      'pgd-50-l2-0.3-patch-margin-surrogate-0.05-restarts-2',
      'feature-aligned-l2-0.3-patch',
    ])
    const plain = attackSuite(distribution, { radius: 0.3, surrogateSlope: 0 }).map(({ name }) => name)
    expect(plain).toHaveLength(3)
    expect(new Set(plain).size).toBe(3)
  })
})

describe('step sizes', () => {
  it.each<[EngineAttack, number]>([
    [pgd({ radius: 0.4 }), 2.5 * 0.4 * 0.1],
    [pgd({ radius: 0.4, steps: 5 }), 0.5 * 0.4],
    [pgd({ radius: 0.4, steps: 1 }), 0.4],
    [pgd({ radius: 0.4, steps: 0 }), 0.4],
    [pgd({ radius: 0.4, stepSize: 0.07 }), 0.07],
    [pgd({ radius: 0.4, relativeStepSize: 0.25 }), 0.1],
    [pgd({ radius: 0 }), 0],
    [oneStep({ radius: 0.4 }), 0.4],
    [oneStep({ radius: 0.4, rule: 'gradient', ascentRate: 9 }), 9],
  ])('%# follow from the options', (attack, stepSize) => {
    expect(stepSizeOf(attack)).toBeCloseTo(stepSize, 15)
  })
})

describe('attack options', () => {
  it.each<[() => unknown, string]>([
    [() => pgd({ radius: -1 }), 'Expected `radius` to be a non-negative number, got -1.'],
    [
      () => pgd({ radius: Number.POSITIVE_INFINITY }),
      'Expected `radius` to be a non-negative number, got Infinity.',
    ],
    [() => pgd({} as PgdOptions), 'Expected `radius` to be a non-negative number, got nothing.'],
    [
      () => pgd({ radius: 1, norm: 'l1' } as unknown as PgdOptions),
      "Expected `norm` to be one of 'l2', 'linf', got 'l1'; did you mean 'l2'?",
    ],
    [() => pgd({ radius: 1, steps: 1.5 }), 'Expected `steps` to be an integer from 0 to 1000000, got 1.5.'],
    [
      () => pgd({ radius: 1, steps: 1e12 }),
      'Expected `steps` to be an integer from 0 to 1000000, got 1000000000000.',
    ],
    [() => pgd(undefined as unknown as PgdOptions), 'Expected `options` to be an object, got nothing.'],
    [
      () => attackSuite(distribution, 0.3 as unknown as { radius: number }),
      'Expected `options` to be an object, got 0.3.',
    ],
    [
      () => pgd({ radius: 1, stepSize: 1, relativeStepSize: 1 }),
      'Expected `stepSize` to be left out where `relativeStepSize` is given, got 1.',
    ],
    [() => pgd({ radius: 1, restarts: 0 }), 'Expected `restarts` to be an integer from 1 to 100000, got 0.'],
    [
      () => oneStep({ radius: 1, rule: 'gradient' }),
      'Expected `ascentRate` to be given with rule `gradient`, and with that rule only, got nothing.',
    ],
    [
      () => oneStep({ radius: 1, ascentRate: 2 }),
      'Expected `ascentRate` to be given with rule `gradient`, and with that rule only, got 2.',
    ],
    [
      () => pgd({ radius: 1, bounds: [1, 0] }),
      'Expected `bounds` to be a pair [lower, upper] with lower < upper, got an array of length 2.',
    ],
    [
      () => pgd({ radius: 1, bounds: [0] as unknown as [number, number] }),
      'Expected `bounds` to be a pair of numbers [lower, upper], got an array of length 1.',
    ],
    [
      () => featureAligned(distribution, { radius: 1, splits: 1 }),
      'Expected `splits` to be an integer from 2 to 1000, got 1.',
    ],
    [
      () => attackSuite(distribution, { radius: -0.5 }),
      'Expected `radius` to be a non-negative number, got -0.5.',
    ],
  ])('%# out of range are refused', async (make, message) => {
    expect(await failure('INVALID_ARGUMENT', make)).toBe(message)
  })

  it.each<[() => unknown, string]>([
    [
      () => pgd({ radius: 1, randomstart: true } as unknown as PgdOptions),
      'Unknown option `randomstart` in `pgd`; did you mean `randomStart`?',
    ],
    [
      () => oneStep({ radius: 1, steps: 3 } as unknown as OneStepOptions),
      'Unknown option `steps` in `oneStep`; it takes',
    ],
    [
      () => featureAligned(distribution, { radius: 1, split: 3 } as unknown as { radius: number }),
      'Unknown option `split` in `featureAligned`; did you mean `splits`?',
    ],
    [
      () => attackSuite(distribution, { radius: 1, stps: 3 } as unknown as { radius: number }),
      'Unknown option `stps` in `attackSuite`; did you mean `steps`?',
    ],
  ])('%# misspelled are named', async (make, message) => {
    expect(await failure('UNKNOWN_OPTION', make)).toContain(message)
  })

  it('reach the engine', () => {
    const { native } = pgd({
      radius: 0.2,
      norm: 'linf',
      budget: 'input',
      bounds: [0, 1],
      loss: 'margin',
      surrogateSlope: 0.1,
      restarts: 4,
      randomStart: true,
      steps: 7,
      stepSize: 0.03,
    })
    expect(native).toEqual({
      space: 'auto',
      kind: 'gradientAscent',
      rule: 'normalized',
      radius: 0.2,
      norm: 'linf',
      budget: 'input',
      lower: 0,
      upper: 1,
      loss: 'margin',
      surrogateSlope: 0.1,
      restarts: 4,
      randomStart: true,
      steps: 7,
      stepSize: 0.03,
    })
    expect(pgd({ radius: 1 }).native).toMatchObject({
      lower: Number.NEGATIVE_INFINITY,
      upper: Number.POSITIVE_INFINITY,
    })
  })
})

describe('attackSuite', () => {
  it('tries both losses with and without a surrogate slope, and the features where it knows them', () => {
    const natives = attackSuite(distribution, { radius: 1, steps: 7, restarts: 3 }).map((attack) =>
      'native' in attack ? attack.native : undefined,
    )
    expect(natives.map((native) => native?.kind)).toEqual([
      ...new Array(4).fill('gradientAscent'),
      'featureAligned',
    ])
    for (const native of natives.slice(0, 4)) expect(native).toMatchObject({ steps: 7, restarts: 3 })
    expect(attackSuite(undefined, { radius: 1 })).toHaveLength(4)
    expect(attackSuite(distribution, { radius: 1, bounds: [-9, 9] })).toHaveLength(4)
  })
})

describe('an attack in a configuration', () => {
  const make = (config: object, features: typeof distribution | undefined = distribution) =>
    attackFromConfig(parseOptions(attackConfigSchema, config, 'attack'), features)

  it('is the one its options make', () => {
    expect(make({ kind: 'pgd', radius: 1, steps: 3 })).toEqual(pgd({ radius: 1, steps: 3 }))
    expect(make({ kind: 'oneStep', radius: 1, norm: 'linf' })).toEqual(oneStep({ radius: 1, norm: 'linf' }))
    expect(make({ kind: 'featureAligned', radius: 1 })).toEqual(featureAligned(distribution, { radius: 1 }))
  })

  it('needs features where it is aligned to them', async () => {
    const withoutFeatures = () =>
      attackFromConfig(
        parseOptions(attackConfigSchema, { kind: 'featureAligned', radius: 1 }, 'attack'),
        undefined,
      )
    expect(await failure('INVALID_ARGUMENT', withoutFeatures)).toContain("got 'featureAligned'")
  })

  it('of unknown kind is refused with the nearest one', async () => {
    expect(await failure('INVALID_ARGUMENT', () => make({ kind: 'onestep', radius: 1 }))).toBe(
      "Expected `kind` to be one of 'pgd', 'oneStep', 'featureAligned', got 'onestep'; did you mean 'oneStep'?",
    )
  })
})
