import { z } from 'zod'
import { patchDistributionShape } from '../../data/patch-distribution.js'
import { activationSchema } from '../../model/activation.js'
import { finiteNumber, nonNegativeNumber, positiveInteger } from '../../native/validation.js'
import { READY_NETWORKS } from '../ready-networks.js'

/** What is known of options by their name; what is not has to be of the type it has in the preset. */
const KNOWN: Readonly<Record<string, z.ZodType>> = {
  distribution: z.strictObject(patchDistributionShape),
  activation: activationSchema,
  filtersPerClass: positiveInteger(1e6),
  initialScale: nonNegativeNumber,
  learningRate: nonNegativeNumber,
  radius: nonNegativeNumber,
  noise: nonNegativeNumber,
  samples: positiveInteger(),
  testSamples: positiveInteger(),
  iterations: positiveInteger(),
  epochs: positiveInteger(),
  batchSize: positiveInteger(),
  recordEvery: positiveInteger(),
  steps: positiveInteger(),
  trainingSteps: positiveInteger(),
  restarts: positiveInteger(),
  network: z.enum(READY_NETWORKS),
}

/** A schema for variants of an experiment's preset: the same options, each of the type it has there. */
export function presetSchema(preset: unknown): z.ZodType {
  if (typeof preset === 'number') return finiteNumber
  if (typeof preset === 'string') return z.string()
  if (typeof preset === 'boolean') return z.boolean()
  if (Array.isArray(preset)) return z.array(preset.length === 0 ? z.unknown() : presetSchema(preset[0]))
  if (typeof preset !== 'object' || preset === null) return z.unknown()
  const fields = Object.entries(preset).map(([name, field]) => [name, knownSchema(name, field)] as const)
  return z.strictObject(Object.fromEntries(fields))
}

/** The known schema where the preset itself is of that kind: another experiment may mean something else by the name. */
function knownSchema(name: string, field: unknown): z.ZodType {
  const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined
  return known?.safeParse(field).success ? known : presetSchema(field)
}
