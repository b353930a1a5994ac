import { describe, expect, it } from 'vitest'
import type { NativeTrainerOptions } from '../../src/native/contract.js'
import { digest } from '../helpers/digest.js'
import {
  addon,
  featureAligned,
  type Problem,
  precisions,
  problem,
  trainerOptions,
} from '../helpers/native-cases.js'
import { axisFeatures, gradientAscent, numbers } from '../helpers/reference-cases.js'

const threadCounts = [1, 2, 3, 8]
/** Nine tiles; native/test/tile_plan_test.cc says so. */
const samples = 259
const shape = { samples, patches: 16, dimension: 32, filtersPerClass: 3 }

async function expectSameDigests(run: (threads: number) => Promise<unknown>): Promise<void> {
  const digests: string[] = []
  for (const threads of threadCounts) digests.push(digest(await run(threads)))
  expect(new Set(digests)).toEqual(new Set([digests[0]]))
}

describe.each(precisions)('results in %s are the same bits on 1, 2, 3 and 8 threads', (precision) => {
  const current: Problem = problem(precision, 51, shape)
  const attacks = [
    gradientAscent({ steps: 2, randomStart: true, restarts: 2 }),
    featureAligned(current.network, { selection: 'perPatch', splits: 3 }),
  ]

  it('sampled data', async () => {
    const options = {
      precision,
      samples: 50,
      classes: 3,
      dimension: 32,
      robustPatches: 1,
      nonRobustPatches: 15,
      robustStrength: { low: 1, high: 2 },
      nonRobustStrength: { low: 0.1, high: 0.2 },
      noise: 0.1,
      robustFeatures: axisFeatures(0, 3, 32),
      nonRobustFeatures: axisFeatures(3, 3, 32),
      shuffled: true,
      parts: 'all',
      seed: 1,
      stream: 'train',
    } as const
    await expectSameDigests(async (threads) => {
      const data = await addon.samplePatchData({ ...options, threads })
      return [data.inputs(0, 50), data.labels()]
    })
  })

  it('forward and gradients', async () => {
    const options = { loss: 'crossEntropy', surrogateSlope: 0, weights: true, inputs: true } as const
    await expectSameDigests(async (threads) => [
      await addon.forward(current.network, current.data, undefined, { threads }),
      await addon.gradients(current.network, current.data, undefined, { ...options, threads }),
    ])
  })

  it('attacks', async () => {
    const options = { seed: 2, round: 3, keepPerturbations: true }
    await expectSameDigests((threads) =>
      addon.attack(current.network, current.data, attacks, { ...options, threads }),
    )
  })

  it.each<[string, Partial<NativeTrainerOptions>]>([
    ['full batches', { learningRates: new Float64Array(6).fill(0.05) }],
    ['mini-batches with a short last one', { batchSize: Math.floor(samples / 2) + 1, momentum: 0.9 }],
    ['adversarial', { attacks: attacks.slice(0, 1), learningRates: new Float64Array(2).fill(0.05) }],
    ['the worst of a list', { attacks, cleanWeight: 0.25, learningRates: new Float64Array(2).fill(0.05) }],
  ])('training, %s', async (_, options) => {
    await expectSameDigests(async (threads) => {
      const trainer = new addon.Trainer(trainerOptions(current, { probes: numbers(1, 64), ...options }))
      const { records } = await trainer.advance({ threads, seconds: Number.POSITIVE_INFINITY })
      return [records, trainer.weights(), trainer.velocity()]
    })
  })
})
