import { z } from 'zod'
import { finiteNumber, unlessObject } from '../native/validation.js'

const listSchema = z.array(z.unknown()).min(1)

const rangeSchema = z
  .strictObject({
    low: finiteNumber,
    high: finiteNumber,
    scale: z.enum(['linear', 'log']).default('linear'),
    integer: z.boolean().default(false),
  })
  .refine(({ low, high }) => low < high, { error: 'greater than `low`', path: ['high'] })
  .refine(({ low, scale }) => scale === 'linear' || low > 0, {
    error: 'positive on a logarithmic scale',
    path: ['low'],
  })
  .refine(({ low, integer }) => !integer || Number.isSafeInteger(low), {
    error: 'an integer where `integer` is true',
    path: ['low'],
  })
  .refine(({ high, integer }) => !integer || Number.isSafeInteger(high), {
    error: 'an integer where `integer` is true',
    path: ['high'],
  })

/** What an option runs over: the values of a list, or a range of numbers, uniform on its scale. */
export const parameterSchema = z.union([listSchema, rangeSchema], {
  error: unlessObject('a list of at least one value, or `{ low, high }`'),
})

export type Parameter = z.output<typeof parameterSchema>
export type Range = z.output<typeof rangeSchema>

/**
 * The value at a fraction of a parameter, from 0 to below 1. Lists and integer ranges are cut into equal parts, one for
 * each value; an integer range on a logarithmic scale gives n the part from log n to log (n + 1).
 */
export function valueAtFraction(parameter: Parameter, fraction: number): unknown {
  if (Array.isArray(parameter)) return parameter[Math.floor(fraction * parameter.length)]
  const { low, high, scale, integer } = parameter
  const end = integer ? high + 1 : high
  const value =
    scale === 'linear'
      ? low + fraction * (end - low)
      : Math.exp(Math.log(low) + fraction * (Math.log(end) - Math.log(low)))
  // Rounding may carry a value over an end.
  return Math.min(high, Math.max(low, integer ? Math.floor(value) : value))
}
