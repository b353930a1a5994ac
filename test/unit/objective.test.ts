import { describe, expect, it } from 'vitest'
import {
  adversarial,
  type CustomAttack,
  type EngineAttack,
  featureAligned,
  type Objective,
  oneStep,
  pgd,
  standard,
  train,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { smallDistribution, smallNetwork } from '../helpers/library-cases.js'

describe('objectives', () => {
  it('say what they are made of', () => {
    const attacks = [oneStep({ radius: 1 }), featureAligned(smallDistribution(), { radius: 1 })]
    expect(standard()).toEqual({ kind: 'standard' })
    expect(adversarial(attacks)).toEqual({ kind: 'adversarial', attacks, cleanWeight: 0 })
    expect(adversarial(attacks[0]!, { cleanWeight: 0.5 })).toEqual({
      kind: 'adversarial',
      attacks: [attacks[0]],
      cleanWeight: 0.5,
    })
  })

  it('refuse attacks that the engine cannot run', async () => {
    for (const attacks of [[], [pgd({ radius: 1 }), { name: 'pgd' }], undefined, 'pgd']) {
      const make = () => adversarial(attacks as unknown as EngineAttack)
      expect(await failure('INVALID_ARGUMENT', make)).toMatch(
        /^Expected `attacks(\[\d\])?` to be (made by pgd, oneStep or featureAligned|a list of at least one attack), got/,
      )
    }
  })

  it('refuse attacks that went through JSON, which keeps neither infinities nor arrays of numbers', async () => {
    const [distribution, network] = [smallDistribution(), smallNetwork()]
    const data = await distribution.sample(4)
    for (const attack of [pgd({ radius: 1 }), featureAligned(distribution, { radius: 1 })]) {
      expect(adversarial(structuredClone(attack)).kind).toBe('adversarial')
      const objective = JSON.parse(JSON.stringify(adversarial(attack))) as Objective
      const { attacks } = objective as Extract<Objective, { kind: 'adversarial' }>
      const sent = [
        () => train(network, data, { objective, learningRate: 1, iterations: 1 }),
        () => adversarial(attacks),
      ]
      const names = ['objective.attacks[0]', 'attacks[0]']
      for (const [i, make] of sent.entries()) {
        expect(await failure('INVALID_ARGUMENT', make)).toBe(
          `Expected \`${names[i]}\` to be as pgd, oneStep or featureAligned made it, which JSON does not keep, got an object.`,
        )
      }
    }
  })

  it('refuse attacks of users, and say what those are for', async () => {
    const custom: CustomAttack = {
      name: 'own',
      norm: 'l2',
      radius: 1,
      budget: 'patch',
      perturb: async () => new Float32Array(),
    }
    const make = () => adversarial([pgd({ radius: 1 }), custom as unknown as EngineAttack])
    expect(await failure('INVALID_ARGUMENT', make)).toMatch(
      /^Expected `attacks\[1\]` to be made by .* \(attacks of your own are for evaluation alone\), got/,
    )
  })

  it('refuse a weight that is no share', async () => {
    const make = (options: object) => () => adversarial(pgd({ radius: 1 }), options)
    expect(await failure('INVALID_ARGUMENT', make({ cleanWeight: 1.5 }))).toBe(
      'Expected `cleanWeight` to be a number from 0 to 1, got 1.5.',
    )
    expect(await failure('UNKNOWN_OPTION', make({ cleanWeigth: 1 }))).toContain('did you mean `cleanWeight`?')
  })
})
