import { describe, expect, it } from 'vitest'
import { polynomial, relu, smoothedRelu } from '../../src/index.js'
import { activationSchema, toNativeActivation } from '../../src/model/activation.js'
import { parseOptions } from '../../src/native/validation.js'
import { failure } from '../helpers/errors.js'

describe('activations', () => {
  it('have documented defaults', () => {
    expect(smoothedRelu()).toEqual({ kind: 'smoothedRelu', power: 3, threshold: 1 })
    expect(smoothedRelu({ power: 5 })).toEqual({ kind: 'smoothedRelu', power: 5, threshold: 1 })
    expect(relu()).toEqual({ kind: 'relu' })
    expect(polynomial()).toEqual({ kind: 'polynomial', power: 3 })
  })

  it.each<[() => unknown, string]>([
    [() => smoothedRelu({ power: 1 }), 'Expected `power` to be an integer from 2 to 64, got 1.'],
    [() => smoothedRelu({ power: 2.5 }), 'Expected `power` to be an integer from 2 to 64, got 2.5.'],
    [() => polynomial({ power: 65 }), 'Expected `power` to be an integer from 2 to 64, got 65.'],
    [() => smoothedRelu({ threshold: 0 }), 'Expected `threshold` to be a positive number, got 0.'],
    [
      () => smoothedRelu({ threshold: Number.POSITIVE_INFINITY }),
      'Expected `threshold` to be a positive number, got Infinity.',
    ],
  ])('%# refuse values out of range', async (make, message) => {
    expect(await failure('INVALID_ARGUMENT', make)).toBe(message)
  })

  it('name the option a misspelled one is nearest to', async () => {
    const make = () => smoothedRelu({ treshold: 1 } as object)
    expect(await failure('UNKNOWN_OPTION', make)).toBe(
      'Unknown option `treshold` in `smoothedRelu`; did you mean `threshold`?',
    )
  })

  it('of unknown kind are refused with the nearest one', async () => {
    const parse = (kind: string) => () => parseOptions(activationSchema, { kind }, 'activation')
    expect(await failure('INVALID_ARGUMENT', parse('smoothedrelu'))).toBe(
      "Expected `kind` to be one of 'smoothedRelu', 'relu', 'polynomial', got 'smoothedrelu'; did you mean 'smoothedRelu'?",
    )
    expect(await failure('INVALID_ARGUMENT', parse('tanh'))).toBe(
      "Expected `kind` to be one of 'smoothedRelu', 'relu', 'polynomial', got 'tanh'.",
    )
  })

  it('reach the engine with every field', () => {
    expect(toNativeActivation(smoothedRelu({ power: 4, threshold: 2 }))).toEqual({
      kind: 'smoothedRelu',
      power: 4,
      threshold: 2,
    })
    expect(toNativeActivation(relu())).toMatchObject({ kind: 'relu' })
    expect(toNativeActivation(polynomial({ power: 2 }))).toMatchObject({ kind: 'polynomial', power: 2 })
  })
})
