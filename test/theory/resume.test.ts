import { describe, expect, it } from 'vitest'
import type { NativeTrainerOptions, NativeTrainingRecord } from '../../src/native/contract.js'
import { addon, type Problem, precisions, problem, trainerOptions } from '../helpers/native-cases.js'
import { gradientAscent, numbers } from '../helpers/reference-cases.js'

const forever = { threads: 2, seconds: Number.POSITIVE_INFINITY }
const plans: readonly (readonly [string, Partial<NativeTrainerOptions>])[] = [
  ['full batches', {}],
  ['momentum', { momentum: 0.9 }],
  ['mini-batches over several epochs', { batchSize: 4, momentum: 0.5 }],
  ['adversarial from random starts', { batchSize: 4, attacks: [gradientAscent({ randomStart: true })] }],
]
const common = {
  learningRates: Float64Array.from({ length: 12 }, (_, t) => 0.1 / (1 + t)),
  probes: numbers(1, 8),
  recordEvery: 5,
}

async function uninterrupted(options: NativeTrainerOptions) {
  const trainer = new addon.Trainer(options)
  const { records } = await trainer.advance(forever)
  return { records, weights: trainer.weights(), velocity: trainer.velocity() }
}

function current(precision: Problem['precision']): Problem {
  return problem(precision, 61, { samples: 11, dimension: 4 })
}

describe.each(precisions)(
  'in %s an interrupted run ends like an uninterrupted one, bit for bit',
  (precision) => {
    it.each(plans)('in slices of one iteration, %s', async (_, plan) => {
      const options = trainerOptions(current(precision), { ...common, ...plan })
      const trainer = new addon.Trainer(options)
      const records: NativeTrainingRecord[] = []
      for (let status = 'running', calls = 0; status === 'running'; calls++) {
        const advance = await trainer.advance({ threads: 1 + (calls % 3), seconds: 0 })
        records.push(...advance.records)
        status = advance.status
        expect(advance.iteration).toBe(Math.min(calls + 1, 12))
        expect(calls).toBeLessThan(13)
      }
      expect({ records, weights: trainer.weights(), velocity: trainer.velocity() }).toEqual(
        await uninterrupted(options),
      )
    })

    it.each(plans)('from weights, velocity and iteration, %s', async (_, plan) => {
      const options = trainerOptions(current(precision), { ...common, ...plan })
      const whole = await uninterrupted(options)
      for (const at of [1, 5, 11, 12]) {
        const first = new addon.Trainer(options)
        while (first.iteration < at) await first.advance({ threads: 1, seconds: 0 })
        const second = new addon.Trainer({
          ...options,
          network: { ...options.network, weights: first.weights() },
          velocity: first.velocity(),
          iteration: first.iteration,
        })
        const { records } = await second.advance(forever)
        expect(records).toEqual(whole.records.filter((record) => record.iteration >= at))
        expect({ weights: second.weights(), velocity: second.velocity() }).toEqual({
          weights: whole.weights,
          velocity: whole.velocity,
        })
      }
    })

    it.each(plans)('after a cancellation, %s', async (_, plan) => {
      const options = trainerOptions(current(precision), { ...common, ...plan })
      const trainer = new addon.Trainer(options)
      const records: NativeTrainingRecord[] = []
      for (let turn = 0; turn < 3; turn++) {
        const cancellation = new addon.Cancellation()
        const advancing = trainer.advance({ ...forever, cancellation })
        cancellation.cancel()
        records.push(...(await advancing).records)
      }
      records.push(...(await trainer.advance(forever)).records)
      const whole = await uninterrupted(options)
      // A run that had ended before its cancellation repeats the closing record.
      const unique = records.filter(
        ({ iteration }, i) => iteration !== records[i + 1]?.iteration || iteration !== 12,
      )
      expect({ records: unique, weights: trainer.weights(), velocity: trainer.velocity() }).toEqual(whole)
    })
  },
)
