import { describe, expect, it } from 'vitest'
import { constantRate, cosineDecay, type LearningRateSchedule, stepDecay } from '../../src/index.js'
import { parseOptions } from '../../src/native/validation.js'
import { learningRateConfigSchema, learningRates, scheduleFromConfig } from '../../src/training/schedule.js'
import { failure } from '../helpers/errors.js'

describe('schedules', () => {
  it('constantRate stays', () => {
    expect([...learningRates(constantRate(0.3), 3)]).toEqual([0.3, 0.3, 0.3])
    expect([...learningRates(0.3, 3)]).toEqual([0.3, 0.3, 0.3])
    expect([...learningRates(0, 2)]).toEqual([0, 0])
  })

  it('stepDecay falls by a factor', () => {
    expect([...learningRates(stepDecay({ initial: 8, every: 2, factor: 0.5 }), 5)]).toEqual([8, 8, 4, 4, 2])
    expect(stepDecay({ initial: 1, every: 3 })(3, 9)).toBe(0.1)
  })

  it('cosineDecay falls along half a wave', () => {
    const rate = cosineDecay({ initial: 2 })
    expect(rate(0, 10)).toBe(2)
    expect(rate(5, 10)).toBeCloseTo(1, 14)
    expect(rate(10, 10)).toBeCloseTo(0, 14)
    const floor = cosineDecay({ initial: 2, final: 0.25 })
    expect([floor(0, 4), floor(2, 4), floor(4, 4)]).toEqual([2, expect.closeTo(1.25, 14), 0.5])
  })

  it('of a user are asked once for every iteration, in order', () => {
    const asked: [number, number][] = []
    const schedule: LearningRateSchedule = (iteration, iterations) => {
      asked.push([iteration, iterations])
      return 1 / (1 + iteration)
    }
    expect([...learningRates(schedule, 3)]).toEqual([1, 1 / 2, 1 / 3])
    expect(asked).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
    ])
    expect(learningRates(schedule, 0)).toHaveLength(0)
  })

  it.each<[unknown, string]>([
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [-0.1, '-0.1'],
    ['1', "'1'"],
    [undefined, 'nothing'],
  ])('that give %s are refused', async (rate, shown) => {
    const schedule = (iteration: number) => (iteration < 2 ? 1 : (rate as number))
    expect(await failure('INVALID_ARGUMENT', () => learningRates(schedule, 5))).toBe(
      `Expected \`learningRate\` to be a finite number of at least 0 at iteration 2, got ${shown}.`,
    )
  })

  it.each<[() => unknown, string]>([
    [() => stepDecay({ initial: 0, every: 1 }), 'Expected `initial` to be a positive number, got 0.'],
    [
      () => stepDecay({ initial: 1, every: 0 }),
      'Expected `every` to be an integer from 1 to 2147483647, got 0.',
    ],
    [() => cosineDecay({ initial: 1, final: 2 }), 'Expected `final` to be a number from 0 to 1, got 2.'],
  ])('%# refuse options out of range', async (make, message) => {
    expect(await failure('INVALID_ARGUMENT', make)).toBe(message)
  })
})

describe('a learning rate in a configuration', () => {
  const rates = (config: unknown) => [
    ...learningRates(scheduleFromConfig(parseOptions(learningRateConfigSchema, config, 'learningRate')), 4),
  ]

  it('is a number or a named schedule', () => {
    expect(rates(0.5)).toEqual([0.5, 0.5, 0.5, 0.5])
    expect(rates({ schedule: 'constant', initial: 2 })).toEqual([2, 2, 2, 2])
    expect(rates({ schedule: 'step', initial: 2, every: 2, factor: 0.5 })).toEqual([2, 2, 1, 1])
    expect(rates({ schedule: 'cosine', initial: 2 })[2]).toBeCloseTo(1, 14)
  })

  it('of another kind is refused', async () => {
    const refused = (config: unknown) => failure('INVALID_ARGUMENT', () => rates(config))
    expect(await refused({ schedule: 'cosin', initial: 2 })).toBe(
      "Expected `schedule` to be one of 'constant', 'step', 'cosine', got 'cosin'; did you mean 'cosine'?",
    )
    expect(await refused({ schedule: 'step', initial: 2 })).toContain('Expected `every` to be')
    expect(await refused(0)).toBe('Expected `learningRate` to be a positive number, got 0.')
    expect(await refused('fast')).toBe(
      "Expected `learningRate` to be a positive number or a schedule, got 'fast'.",
    )
    const misspelled = () => rates({ schedule: 'cosine', initial: 2, finl: 0 })
    expect(await failure('UNKNOWN_OPTION', misspelled)).toContain('did you mean `final`?')
  })
})
