import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { RobustFeaturesError } from '../../src/native/errors.js'
import {
  finiteNumber,
  fraction,
  nonNegativeNumber,
  parseOptions,
  positiveInteger,
  positiveNumber,
  seed,
} from '../../src/native/validation.js'
import { failure } from '../helpers/errors.js'

const attack = z.strictObject({
  norm: z.enum(['l2', 'linf']).default('l2'),
  radius: positiveNumber.meta({ description: 'Radius in input space' }),
  steps: positiveInteger(1000).optional(),
  randomStart: z.boolean().optional(),
})

const sample = z.strictObject({
  strength: z
    .union([positiveNumber, z.strictObject({ low: nonNegativeNumber, high: nonNegativeNumber })])
    .optional(),
  objective: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('standard') }),
      z.strictObject({ kind: z.literal('adversarial'), attacks: z.array(attack).min(1) }),
    ])
    .optional(),
  weights: z.instanceof(Float32Array).optional(),
  seed: seed.optional(),
  cleanWeight: fraction.optional(),
  shift: finiteNumber.optional(),
  names: z.record(z.string(), finiteNumber).optional(),
})

const valid = { radius: 0.3 }
const message = (schema: z.ZodType, value: unknown, name = 'attack') =>
  failure('INVALID_ARGUMENT', () => parseOptions(schema, value, name))
const unknownOption = (schema: z.ZodType, value: unknown, name = 'attack') =>
  failure('UNKNOWN_OPTION', () => parseOptions(schema, value, name))

describe('parseOptions', () => {
  it('returns the parsed value with defaults', () => {
    expect(parseOptions(attack, valid, 'attack')).toEqual({ norm: 'l2', radius: 0.3 })
  })

  it('names the option, what was expected and what it got', async () => {
    expect(await message(attack, { radius: -1 })).toBe('Expected `radius` to be a positive number, got -1.')
    expect(await message(attack, { radius: 0 })).toBe('Expected `radius` to be a positive number, got 0.')
    expect(await message(attack, { radius: 'big' })).toBe(
      "Expected `radius` to be a positive number, got 'big'.",
    )
    expect(await message(attack, {})).toBe('Expected `radius` to be a positive number, got nothing.')
    expect(await message(attack, { radius: null })).toBe(
      'Expected `radius` to be a positive number, got null.',
    )
    expect(await message(attack, 5)).toBe('Expected `attack` to be an object, got 5.')
    expect(await message(attack, [])).toBe('Expected `attack` to be an object, got an array of length 0.')
    expect(await message(attack, { ...valid, randomStart: 1 })).toBe(
      'Expected `randomStart` to be true or false, got 1.',
    )
  })

  it('refuses NaN, infinities and values out of range', async () => {
    for (const radius of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(await message(attack, { radius })).toBe(
        `Expected \`radius\` to be a positive number, got ${radius}.`,
      )
    }
    const expectations: [object, string][] = [
      [{ seed: -1 }, 'Expected `seed` to be an integer from 0 to 2^53 − 1, got -1.'],
      [{ seed: 1.5 }, 'Expected `seed` to be an integer from 0 to 2^53 − 1, got 1.5.'],
      [{ seed: 2 ** 53 }, 'Expected `seed` to be an integer from 0 to 2^53 − 1, got 9007199254740992.'],
      [{ cleanWeight: 1.01 }, 'Expected `cleanWeight` to be a number from 0 to 1, got 1.01.'],
      [{ cleanWeight: Number.NaN }, 'Expected `cleanWeight` to be a number from 0 to 1, got NaN.'],
      [{ shift: Number.NEGATIVE_INFINITY }, 'Expected `shift` to be a finite number, got -Infinity.'],
      [{ names: { a: 'x' } }, "Expected `names.a` to be a finite number, got 'x'."],
      [{ names: { 'a b': 'x' } }, "Expected `names['a b']` to be a finite number, got 'x'."],
    ]
    for (const [value, sentence] of expectations) expect(await message(sample, value, 'run')).toBe(sentence)
    expect(await message(attack, { ...valid, steps: 1001 })).toBe(
      'Expected `steps` to be an integer from 1 to 1000, got 1001.',
    )
    expect(parseOptions(seed, Number.MAX_SAFE_INTEGER, 'seed')).toBe(Number.MAX_SAFE_INTEGER)
    expect(parseOptions(nonNegativeNumber, 0, 'noise')).toBe(0)
  })

  it('suggests the nearest name for a misspelled option, before its missing true name', async () => {
    expect(await unknownOption(attack, { radiuss: 0.3 })).toBe(
      'Unknown option `radiuss` in `attack`; did you mean `radius`?',
    )
    expect(await unknownOption(attack, { ...valid, random_start: true })).toBe(
      'Unknown option `random_start` in `attack`; did you mean `randomStart`?',
    )
    expect(await unknownOption(attack, { ...valid, zzz: true })).toBe(
      'Unknown option `zzz` in `attack`; it takes `norm`, `radius`, `steps`, `randomStart`.',
    )
    const line = await unknownOption(attack, { ...valid, 'a\nb\u2028`': 1 })
    expect(line).not.toMatch(/[\n\u2028]/)
  })

  it('shows nested paths', async () => {
    const nested = (inner: object) => ({ objective: { kind: 'adversarial', attacks: [inner] } })
    expect(await message(sample, nested({ radius: -1 }), 'run')).toBe(
      'Expected `objective.attacks[0].radius` to be a positive number, got -1.',
    )
    expect(await unknownOption(sample, nested({ radius: 1, stepz: 3 }), 'run')).toBe(
      'Unknown option `stepz` in `objective.attacks[0]`; did you mean `steps`?',
    )
    expect(await message(sample, { objective: { kind: 'adversarial', attacks: [] } }, 'run')).toBe(
      'Expected `objective.attacks` to be an array of at least 1 element, got an array of length 0.',
    )
  })

  it('lists choices and suggests the nearest', async () => {
    expect(await message(attack, { ...valid, norm: 'l3' })).toBe(
      "Expected `norm` to be one of 'l2', 'linf', got 'l3'; did you mean 'l2'?",
    )
    expect(await message(attack, { ...valid, norm: 'inf' })).toBe(
      "Expected `norm` to be one of 'l2', 'linf', got 'inf'; did you mean 'linf'?",
    )
    expect(await message(attack, { ...valid, norm: 2 })).toBe(
      "Expected `norm` to be one of 'l2', 'linf', got 2.",
    )
    expect(await message(sample, { objective: { kind: 'adverserial' } }, 'run')).toBe(
      "Expected `objective.kind` to be one of 'standard', 'adversarial', got 'adverserial'; did you mean 'adversarial'?",
    )
    expect(await message(sample, { objective: {} }, 'run')).toBe(
      "Expected `objective.kind` to be one of 'standard', 'adversarial', got nothing.",
    )
  })

  it('explains unions by the branch the value comes nearest to', async () => {
    expect(await message(sample, { strength: -1 }, 'run')).toBe(
      'Expected `strength` to be a positive number, got -1.',
    )
    expect(await message(sample, { strength: 'x' }, 'run')).toBe(
      "Expected `strength` to be a positive number or an object, got 'x'.",
    )
    expect(await message(sample, { strength: { low: -1, high: 1 } }, 'run')).toBe(
      'Expected `strength.low` to be a non-negative number, got -1.',
    )
    expect(await unknownOption(sample, { strength: { low: 1, hihg: 1 } }, 'run')).toBe(
      'Unknown option `hihg` in `strength`; did you mean `high`?',
    )
  })

  it('names typed arrays and other instances', async () => {
    expect(await message(sample, { weights: [1, 2] }, 'run')).toBe(
      'Expected `weights` to be a Float32Array, got an array of length 2.',
    )
    expect(await message(sample, { weights: new Float64Array(3) }, 'run')).toBe(
      'Expected `weights` to be a Float32Array, got a Float64Array of length 3.',
    )
    expect(await message(attack, { radius: new Int32Array(2) })).toBe(
      'Expected `radius` to be a positive number, got an Int32Array of length 2.',
    )
    expect(await message(sample, new Float32Array(2), 'run')).toBe(
      'Expected `run` to be an object, got a Float32Array of length 2.',
    )
    expect(await message(attack, { radius: () => 1 })).toBe(
      'Expected `radius` to be a positive number, got a function.',
    )
    expect(await message(attack, { radius: 1n })).toBe('Expected `radius` to be a positive number, got 1n.')
  })

  it('leaves limits and descriptions to the JSON Schema', () => {
    expect(z.toJSONSchema(attack).properties).toMatchObject({
      radius: { type: 'number', exclusiveMinimum: 0, description: 'Radius in input space' },
      steps: { type: 'integer', minimum: 1, maximum: 1000 },
    })
  })

  it('takes the phrase of a refinement', async () => {
    const range = z
      .strictObject({ low: finiteNumber, high: finiteNumber })
      .refine(({ low, high }) => low <= high, { error: 'at least as large as `low`', path: ['high'] })
    expect(await message(range, { low: 2, high: 1 }, 'range')).toBe(
      'Expected `high` to be at least as large as `low`, got 1.',
    )
  })

  it('parses any JSON value or throws one sentence', () => {
    const nearMiss = fc.record(
      {
        strength: fc.oneof(fc.double(), fc.jsonValue(), fc.record({ low: fc.double(), high: fc.double() })),
        objective: fc.record({
          kind: fc.oneof(fc.constantFrom('standard', 'adversarial', 'adversariall'), fc.string()),
          attacks: fc.array(fc.record({ radius: fc.double(), norm: fc.string() }, { requiredKeys: [] })),
        }),
        seed: fc.oneof(fc.integer(), fc.double()),
        names: fc.dictionary(fc.string(), fc.jsonValue()),
        sead: fc.jsonValue(),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), nearMiss), (value) => {
        try {
          expect(typeof parseOptions(sample, value, 'run')).toBe('object')
        } catch (error) {
          if (!(error instanceof RobustFeaturesError)) throw error
          expect(['INVALID_ARGUMENT', 'UNKNOWN_OPTION']).toContain(error.code)
          // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not appear
          expect(error.message).toMatch(/^(Expected `|Unknown option `)[^\u0000-\u001f\u2028\u2029]+[.?]$/)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
