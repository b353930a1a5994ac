import { z } from 'zod'
import { describeValue } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'
import {
  fraction,
  parseOptions,
  positiveInteger,
  positiveNumber,
  unlessObject,
} from '../native/validation.js'

/**
 * η_t for t = 0, 1, …; evaluated once for every iteration before training.
 *
 * @param iteration t
 * @param iterations T, how many there are
 * @returns a finite number ≥ 0
 */
export type LearningRateSchedule = (iteration: number, iterations: number) => number

const stepSchema = z.strictObject({
  initial: positiveNumber,
  every: positiveInteger(),
  factor: positiveNumber.default(0.1),
})
const cosineSchema = z.strictObject({ initial: positiveNumber, final: fraction.default(0) })

export const learningRateConfigSchema = z.union(
  [
    positiveNumber,
    z.discriminatedUnion('schedule', [
      z.strictObject({ schedule: z.literal('constant'), initial: positiveNumber }),
      z.strictObject({ schedule: z.literal('step'), ...stepSchema.shape }),
      z.strictObject({ schedule: z.literal('cosine'), ...cosineSchema.shape }),
    ]),
  ],
  { error: unlessObject('a positive number or a schedule') },
)

/**
 * η_t = initial.
 *
 * @param initial η ≥ 0
 */
export function constantRate(initial: number): LearningRateSchedule {
  return () => initial
}

/**
 * η_t = initial · factor^⌊t/every⌋.
 *
 * @param options `initial` > 0; `every`, iterations of a step; `factor` > 0, default 0.1
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function stepDecay(options: {
  initial: number
  every: number
  factor?: number | undefined
}): LearningRateSchedule {
  const { initial, every, factor } = parseOptions(stepSchema, options, 'stepDecay', 'options')
  return (iteration) => initial * factor ** Math.floor(iteration / every)
}

/**
 * η_t = initial · (final + (1 − final)(1 + cos(π t/T))/2).
 *
 * @param options `initial` > 0; `final`, the share in [0, 1] that is left at the end, default 0
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function cosineDecay(options: { initial: number; final?: number | undefined }): LearningRateSchedule {
  const { initial, final } = parseOptions(cosineSchema, options, 'cosineDecay', 'options')
  return (iteration, iterations) =>
    initial * (final + ((1 - final) * (1 + Math.cos((Math.PI * iteration) / iterations))) / 2)
}

/** The schedule a configuration describes. */
export function scheduleFromConfig(config: z.output<typeof learningRateConfigSchema>): LearningRateSchedule {
  if (typeof config === 'number') return constantRate(config)
  const { schedule, ...options } = config
  if (schedule === 'constant') return constantRate(options.initial)
  if (schedule === 'step') return stepDecay(options as z.input<typeof stepSchema>)
  return cosineDecay(options)
}

/**
 * One rate per iteration.
 *
 * @param learningRate a checked number or a schedule
 * @throws RobustFeaturesError `INVALID_ARGUMENT` when a schedule gives anything but a finite number ≥ 0
 */
export function learningRates(learningRate: number | LearningRateSchedule, iterations: number): Float64Array {
  const rates = new Float64Array(iterations)
  if (typeof learningRate === 'number') return rates.fill(learningRate)
  for (let iteration = 0; iteration < iterations; iteration++) {
    const rate: unknown = learningRate(iteration, iterations)
    if (typeof rate !== 'number' || !Number.isFinite(rate) || rate < 0) {
      throw new RobustFeaturesError(
        'INVALID_ARGUMENT',
        `Expected \`learningRate\` to be a finite number of at least 0 at iteration ${iteration}, got ${describeValue(rate)}.`,
      )
    }
    rates[iteration] = rate
  }
  return rates
}
