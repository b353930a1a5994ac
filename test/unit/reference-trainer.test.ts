import { describe, expect, it } from 'vitest'
import type { NativeAttack, NativeNetwork, NativeTrainingRecord } from '../../src/native/contract.js'
import {
  batchIndices,
  forward,
  gradientAttack,
  gradients,
  objective,
  type PatchData,
  permutation,
  Trainer,
  type TrainerOptions,
  worstPerturbation,
} from '../../src/reference/index.js'
import {
  gradientAscent,
  largestDifference,
  numbers,
  randomData,
  randomNetwork,
} from '../helpers/reference-cases.js'

const network = randomNetwork(1)
const data = randomData(2, { samples: 7 })
const strong: NativeAttack[] = [
  gradientAscent({ stepSize: 0.5, steps: 1 }),
  gradientAscent({ norm: 'linf', radius: 0.3, randomStart: true }),
]

function options(changes: Partial<TrainerOptions> = {}): TrainerOptions {
  return {
    network,
    data,
    attacks: [],
    cleanWeight: 0,
    learningRates: new Float64Array(6).fill(0.2),
    momentum: 0,
    batchSize: 0,
    seed: 5,
    recordEvery: 1,
    probes: numbers(3, 8),
    iteration: 0,
    ...changes,
  }
}

function trained(changes: Partial<TrainerOptions> = {}): Trainer {
  const trainer = new Trainer(options(changes))
  trainer.advance()
  return trainer
}

describe('standard training', () => {
  it('takes the closed-form step of one linear patch', () => {
    // F = (x, −x → 0); p_1 = 1/(1 + e^x), so w_0 ← w_0 + η p_1 x and the dead filter stays.
    const linear: NativeNetwork = {
      classes: 2,
      filtersPerClass: 1,
      dimension: 1,
      activation: { kind: 'relu', power: 2, threshold: 1 },
      weights: Float64Array.of(1, -1),
    }
    const one: PatchData = {
      ...randomData(0, { samples: 1, patches: 1, dimension: 1, classes: 2 }),
      inputs: Float64Array.of(2),
      labels: Int32Array.of(0),
    }
    const trainer = trained({
      network: linear,
      data: one,
      learningRates: Float64Array.of(0.3),
      probes: Float64Array.of(1),
    })
    expect(largestDifference(trainer.weights(), [1 + (0.3 * 2) / (1 + Math.exp(2)), -1])).toBeLessThan(1e-15)
  })

  it('lowers the loss along the gradient, at first order', () => {
    const trainer = new Trainer(options({ learningRates: Float64Array.of(1e-6) }))
    const [before, after] = trainer.advance().records as [NativeTrainingRecord, NativeTrainingRecord]
    expect((before.loss - after.loss) / (1e-6 * before.gradientNorm ** 2)).toBeCloseTo(1, 4)
  })

  it('accumulates velocity v ← μ v + g', () => {
    const rates = Float64Array.of(0.2, 0.1)
    const trainer = new Trainer(options({ learningRates: rates, momentum: 0.9 }))
    const gradientAt = (weights: Float64Array) => {
      const settings = { loss: 'crossEntropy', surrogateSlope: 0, weights: true, inputs: false } as const
      return gradients({ ...network, weights }, data, undefined, settings).weightGradient ?? []
    }
    const g0 = gradientAt(Float64Array.from(network.weights))
    const w1 = network.weights.map((w, i) => w - 0.2 * g0[i]!)
    const g1 = gradientAt(Float64Array.from(w1))
    const v2 = Float64Array.from(g1, (g, i) => 0.9 * g0[i]! + g)
    trainer.advance()
    expect(largestDifference(trainer.velocity(), v2)).toBeLessThan(1e-15)
    expect(
      largestDifference(
        trainer.weights(),
        w1.map((w, i) => w - 0.1 * v2[i]!),
      ),
    ).toBeLessThan(1e-15)
  })

  it("leaves the caller's weights alone", () => {
    const before = network.weights.slice()
    trained()
    expect(network.weights).toEqual(before)
  })
})

describe('adversarial training', () => {
  it('with radius 0 equals standard training bit for bit', () => {
    const still = [
      gradientAscent({ radius: 0 }),
      gradientAscent({ radius: 0, norm: 'linf', randomStart: true }),
    ]
    expect(trained({ attacks: still }).weights()).toEqual(trained().weights())
  })

  it('with clean weight 1 equals standard training, and mixes in between', () => {
    const indices = batchIndices(options(), 0)
    const at = (cleanWeight: number) =>
      objective(network, data, indices, 0, { attacks: strong, cleanWeight, seed: 5 })
    expect(trained({ attacks: strong, cleanWeight: 1 }).weights()).toEqual(trained().weights())
    const [adversarial, mixed, clean] = [at(0), at(0.25), at(1)]
    expect(mixed.loss).toBeCloseTo(0.25 * clean.loss + 0.75 * adversarial.loss, 14)
    const expected = clean.gradient.map((g, i) => 0.25 * g + 0.75 * adversarial.gradient[i]!)
    expect(largestDifference(mixed.gradient, expected)).toBeLessThan(1e-15)
    expect(adversarial.loss).toBeGreaterThan(clean.loss)
    expect(adversarial.loss).toBe(adversarial.adversarialLoss)
  })

  it('takes per sample the attack with the largest cross-entropy, the first on ties', () => {
    const shares = new Set<number>()
    for (let n = 0; n < data.samples; n++) {
      const input = Float64Array.from(data.inputs.subarray(n * 12, n * 12 + 12))
      const one = { ...data, samples: 1, inputs: input, labels: data.labels.slice(n, n + 1) }
      const key = { seed: 5, round: 4, item: n }
      const results = strong.map((attack, attackIndex) => {
        if (attack.kind !== 'gradientAscent') throw new Error('unexpected attack')
        const settings = { ...key, attackIndex }
        return gradientAttack(network, data, input, data.labels[n]!, attack, settings, false).perturbation
      })
      const losses = results.map((perturbation) => forward(network, one, perturbation).loss[0]!)
      const choice = losses[0]! >= losses[1]! ? 0 : 1
      shares.add(choice)
      expect(worstPerturbation(network, data, input, data.labels[n]!, strong, key)).toEqual(results[choice]!)
    }
    expect(shares.size).toBe(2)
  })

  it('draws random starts by iteration and by the index in the data set', () => {
    const attacks = [gradientAscent({ steps: 0, randomStart: true })]
    const settings = { attacks, cleanWeight: 0, seed: 5 }
    const lossOf = (batch: number[], t: number) =>
      objective(network, data, Int32Array.from(batch), t, settings).loss
    expect(lossOf([2], 0)).not.toBe(lossOf([2], 1))
    expect(lossOf([2, 6], 0)).toBeCloseTo((lossOf([2], 0) + lossOf([6], 0)) / 2, 14)
  })
})

describe('mini-batches', () => {
  it("go through each epoch's permutation, the last one short", () => {
    const settings = options({ batchSize: 3 })
    for (const epoch of [0, 1]) {
      const batches = [0, 1, 2].map((b) => [...batchIndices(settings, epoch * 3 + b)])
      expect(batches.map((batch) => batch.length)).toEqual([3, 3, 1])
      expect(batches.flat()).toEqual([...permutation(5, 'training/order', epoch, 7)])
    }
  })

  it('of size 0 are all samples in order', () => {
    expect([...batchIndices(options(), 3)]).toEqual([0, 1, 2, 3, 4, 5, 6])
  })
})

describe('trainer', () => {
  it('resumed equals uninterrupted bit for bit', () => {
    const settings = { attacks: strong, momentum: 0.9, batchSize: 3, cleanWeight: 0.5 }
    const whole = trained(settings)
    const first = new Trainer(options(settings))
    expect(first.advance(4).status).toBe('running')
    const second = new Trainer(
      options({
        ...settings,
        network: { ...network, weights: first.weights() },
        velocity: first.velocity(),
        iteration: first.iteration,
      }),
    )
    expect(second.advance()).toMatchObject({ iteration: 6, status: 'finished' })
    expect(second.weights()).toEqual(whole.weights())
    expect(second.velocity()).toEqual(whole.velocity())
  })

  it('records every n-th iteration before its step, and the end', () => {
    const { records } = new Trainer(options({ recordEvery: 4 })).advance()
    expect(records.map((record) => record.iteration)).toEqual([0, 4, 6])
    const first = records[0]!
    const { loss } = forward(network, data)
    const cleanLoss = loss.reduce((sum, value) => sum + value, 0) / 7
    expect(first.cleanLoss).toBeCloseTo(cleanLoss, 14)
    expect(first.loss).toBe(first.cleanLoss)
    expect(first).not.toHaveProperty('adversarialLoss')
    expect(first.probeProducts).toHaveLength(12)
    // Filter 1 with probe 1.
    const product = [0, 1, 2, 3].reduce((sum, e) => sum + network.weights[4 + e]! * numbers(3, 8)[4 + e]!, 0)
    expect(first.probeProducts[3]!).toBeCloseTo(product, 14)
  })

  it('records the batch as attacked beside the whole clean set', () => {
    const record = new Trainer(options({ attacks: strong, batchSize: 2, recordEvery: 1 })).advance(1)
      .records[0]!
    expect(record.adversarialLoss).toBe(record.loss)
    expect([0, 0.5, 1]).toContain(record.adversarialAccuracy)
    expect(record.cleanLoss).toBeCloseTo(new Trainer(options()).advance(1).records[0]!.cleanLoss, 14)
  })

  it('stops where the loss is no number, with the weights it had', () => {
    const weights = network.weights.slice()
    weights[0] = NaN
    const trainer = new Trainer(options({ network: { ...network, weights }, recordEvery: 100 }))
    const result = trainer.advance()
    expect(result).toMatchObject({ status: 'diverged', iteration: 0 })
    expect(result.records).toHaveLength(1)
    expect(trainer.weights()).toEqual(weights)
  })
})
