import { z } from 'zod'
import { finiteNumber, nonNegativeNumber } from '../native/validation.js'
import type { ThreatModel } from './attack.js'

const bounds = z
  .tuple([finiteNumber, finiteNumber], { error: 'a pair of numbers [lower, upper]' })
  .refine(([lower, upper]) => lower < upper, { error: 'a pair [lower, upper] with lower < upper' })

export const threatModelShape = {
  norm: z.enum(['l2', 'linf']).default('l2').meta({ description: 'norm of the ball' }),
  radius: nonNegativeNumber
    .max(1e15, { error: 'a number of at most 1e15' })
    .meta({ description: 'ε, in input space' }),
  budget: z
    .enum(['patch', 'input'])
    .default('patch')
    .meta({ description: 'a ball per patch, or one for the input' }),
  bounds: bounds.optional().meta({ description: 'box the perturbed input stays in' }),
}

type ParsedThreatModel = z.output<z.ZodObject<typeof threatModelShape>>

export function toThreatModel({ norm, radius, budget, bounds }: ParsedThreatModel): ThreatModel {
  return bounds === undefined ? { norm, radius, budget } : { norm, radius, budget, bounds }
}

/** `l2-0.3-patch`, for names of attacks. */
export function threatModelName({ norm, radius, budget }: ThreatModel): string {
  return `${norm}-${radius}-${budget}`
}
