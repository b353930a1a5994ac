import { describe, expect, it } from 'vitest'
import {
  adversarial,
  featureAligned,
  oneStep,
  type PatchNetwork,
  pgd,
  standard,
  type TrainingRecord,
  type TrainOptions,
  train,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { smallDistribution, smallNetwork } from '../helpers/library-cases.js'
import { largestDifference } from '../helpers/reference-cases.js'

const distribution = smallDistribution()
const data = await distribution.sample(24)
const double = await distribution.sample(24, { precision: 'float64' })
const network = smallNetwork()
const plain = { objective: standard(), learningRate: 0.2, iterations: 25 } as const

const finished = (options: Partial<TrainOptions> = {}, start: PatchNetwork = network) =>
  train(start, start.precision === 'float32' ? data : double, { ...plain, ...options }).finished

/** A run long enough to be met on its way: about half a second on one thread. */
const long = {
  objective: adversarial(pgd({ radius: 0.1, steps: 2, randomStart: true })),
  learningRate: 0.01,
  iterations: 30_000,
  record: { every: 100 },
  threads: 1,
} as const

async function collect(run: AsyncIterable<TrainingRecord>): Promise<TrainingRecord[]> {
  const records: TrainingRecord[] = []
  for await (const record of run) records.push(record)
  return records
}

describe('records', () => {
  it.each([
    [25, 10, [0, 10, 20, 25]],
    [20, 10, [0, 10, 20]],
    [3, 1, [0, 1, 2, 3]],
    [3, 100, [0, 3]],
    [0, 1, [0]],
  ])('of %d iterations come every %d and at the end', async (iterations, every, expected) => {
    const { history } = await finished({ iterations, record: { every } })
    expect(history.map(({ iteration }) => iteration)).toEqual(expected)
  })

  it('describe the state before the update', async () => {
    const { history, network: trained } = await finished({ iterations: 10 })
    for (const [record, state] of [
      [history[0]!, network],
      [history.at(-1)!, trained],
    ] as const) {
      const { accuracy, loss } = await state.evaluate(data)
      const mean = loss.reduce((sum, value) => sum + value, 0) / 24
      expect(record.cleanAccuracy).toBe(accuracy)
      expect(record.cleanLoss).toBeCloseTo(mean, 12)
      expect(record.loss).toBe(record.cleanLoss)
      const gradient = await state.weightGradient(data)
      expect(record.gradientNorm).toBeCloseTo(Math.hypot(...gradient), 6)
      expect(record).not.toHaveProperty('adversarialLoss')
      expect(record).not.toHaveProperty('coefficients')
    }
  })

  it('carry the schedule and fall in loss', async () => {
    const { history } = await finished({ learningRate: (t, T) => 0.2 * (1 - t / (2 * T)), iterations: 4 })
    // The record after the last update repeats its rate.
    expect(history.map(({ learningRate }) => learningRate)).toEqual(
      [0, 1, 2, 3, 3].map((t) => 0.2 * (1 - t / 8)),
    )
    const losses = history.map(({ loss }) => loss)
    expect(losses.toSorted((a, b) => b - a)).toEqual(losses)
  })

  it('of adversarial training hold the mixture and its parts', async () => {
    const objective = adversarial(oneStep({ radius: 0.3 }), { cleanWeight: 0.25 })
    const { history } = await finished({ objective, iterations: 5 })
    for (const { loss, cleanLoss, adversarialLoss, adversarialAccuracy, cleanAccuracy } of history) {
      expect(loss).toBeCloseTo(0.25 * cleanLoss + 0.75 * adversarialLoss!, 12)
      expect(adversarialLoss).toBeGreaterThan(cleanLoss)
      expect(adversarialAccuracy).toBeLessThanOrEqual(cleanAccuracy)
    }
  })
})

describe('the update', () => {
  const start = smallNetwork({ precision: 'float64' })

  it('is w − η g', async () => {
    const { network: trained } = await finished({ iterations: 1 }, start)
    const gradient = await start.weightGradient(double)
    const expected = start.weights.map((weight, i) => weight - 0.2 * gradient[i]!)
    expect(largestDifference(trained.weights, expected)).toBeLessThan(1e-14)
  })

  it('with momentum is w − η (μ v + g)', async () => {
    const first = await start.weightGradient(double)
    const { network: middle } = await finished({ iterations: 1, momentum: 0.9 }, start)
    const second = await middle.weightGradient(double)
    const { network: trained } = await finished({ iterations: 2, momentum: 0.9 }, start)
    const expected = middle.weights.map((weight, i) => weight - 0.2 * (0.9 * first[i]! + second[i]!))
    expect(largestDifference(trained.weights, expected)).toBeLessThan(1e-14)
  })

  it('with a batch of all samples differs from full batch by rounding alone', async () => {
    const [whole, batches] = [await finished({}, start), await finished({ batchSize: 24 }, start)]
    expect(largestDifference(batches.network.weights, whole.network.weights)).toBeLessThan(1e-12)
    const halves = await finished({ batchSize: 12 }, start)
    expect(largestDifference(halves.network.weights, whole.network.weights)).toBeGreaterThan(1e-4)
  })

  it('leaves the initial network alone', async () => {
    const before = network.weights.slice()
    const { network: trained } = await finished()
    expect(network.weights).toEqual(before)
    expect(trained.weights).not.toEqual(before)
    expect(trained).toEqual(network.withWeights(trained.weights))
  })

  it('at radius 0 is that of standard training, bit for bit', async () => {
    const expected = (await finished()).network.weights
    for (const attack of [
      pgd({ radius: 0, randomStart: true }),
      oneStep({ radius: 0 }),
      pgd({ radius: 0, norm: 'linf', budget: 'input' }),
      featureAligned(distribution, { radius: 0 }),
    ]) {
      const { network: trained } = await finished({ objective: adversarial(attack) })
      expect(trained.weights).toEqual(expected)
    }
  })

  it('with all weight on the clean loss is that of standard training', async () => {
    const objective = adversarial(pgd({ radius: 0.5 }), { cleanWeight: 1 })
    const [mixed, clean] = [await finished({ objective }, start), await finished({}, start)]
    expect(largestDifference(mixed.network.weights, clean.network.weights)).toBeLessThan(1e-14)
  })

  it('is the same for any number of threads', async () => {
    const many = await distribution.sample(700)
    const objective = adversarial([
      pgd({ radius: 0.1, steps: 2, randomStart: true }),
      featureAligned(distribution, { radius: 0.1 }),
    ])
    const runs = await Promise.all(
      [1, 2, 3, 8].map(
        (threads) => train(network, many, { ...plain, objective, iterations: 6, threads }).finished,
      ),
    )
    for (const run of runs.slice(1)) expect(run).toEqual(runs[0])
  })

  it('takes batch order and random starts from the seed', async () => {
    const options = { ...long, iterations: 5, batchSize: 8 }
    const run = async (seed: number) => (await finished({ ...options, seed })).network.weights
    expect(await run(1)).toEqual(await run(1))
    expect(await run(1)).not.toEqual(await run(2))
  })
})

describe('a run', () => {
  it('gives every record to every reader', async () => {
    const run = train(network, data, { ...plain, iterations: 200 })
    const [a, b] = await Promise.all([collect(run), collect(run)])
    const { history } = await run.finished
    expect(history).toHaveLength(201)
    expect(a).toEqual(history)
    expect(b).toEqual(history)
    expect(await collect(run)).toEqual(history)
  })

  it('goes on when a reader leaves', async () => {
    const run = train(network, data, { ...plain, iterations: 50 })
    for await (const record of run) if (record.iteration === 3) break
    expect((await run.finished).history).toHaveLength(51)
  })

  it('says where it began', async () => {
    const run = train(network, data, plain)
    expect(await run.started).toEqual({ resumedAt: 0, warning: undefined })
    expect(run.iterations).toBe(25)
  })

  it('of no iterations gives the network back', async () => {
    const { network: same, history } = await finished({ iterations: 0 })
    expect(same).toEqual(network)
    expect(history).toHaveLength(1)
  })

  it('is aborted before it begins', async () => {
    const run = train(network, data, { ...plain, signal: AbortSignal.abort(new Error('not now')) })
    await failure('ABORTED', () => run.finished)
    await failure('ABORTED', () => run.started)
    await failure('ABORTED', () => collect(run))
    await expect(run.finished).rejects.toMatchObject({ cause: new Error('not now') })
  })

  it('fails silently where nobody awaits it', async () => {
    const rejections: unknown[] = []
    const note = (reason: unknown) => rejections.push(reason)
    process.on('unhandledRejection', note)
    const run = train(network, data, { ...plain, signal: AbortSignal.abort() })
    await new Promise((resolve) => setTimeout(resolve))
    process.off('unhandledRejection', note)
    expect(rejections).toEqual([])
    await failure('ABORTED', () => run.finished)
  })

  it('is aborted on its way, for every reader', async () => {
    const controller = new AbortController()
    const run = train(network, data, { ...long, signal: controller.signal })
    const other = failure('ABORTED', () => collect(run))
    const seen: number[] = []
    const reading = async () => {
      for await (const { iteration } of run) {
        seen.push(iteration)
        controller.abort()
      }
    }
    await failure('ABORTED', reading)
    await failure('ABORTED', () => run.finished)
    await other
    expect(seen.length).toBeGreaterThan(0)
    expect(seen.at(-1)).toBeLessThan(long.iterations)
  })

  it('does not mind a signal aborted after its end', async () => {
    const controller = new AbortController()
    const run = train(network, data, { ...plain, signal: controller.signal })
    await run.finished
    controller.abort()
    expect(await collect(run)).toHaveLength(26)
  })

  it.each(['float32', 'float64'] as const)(
    'in %s that diverges says when and what to do',
    async (precision) => {
      const start = smallNetwork({ precision, activation: { kind: 'polynomial', power: 4 }, initialScale: 3 })
      const run = train(start, precision === 'float32' ? data : double, {
        ...plain,
        learningRate: 1e200,
      })
      expect(await failure('DIVERGED', () => run.finished)).toMatch(
        /^The loss is no longer finite at iteration \d+; lower `learningRate` or the initial scale of the weights\.$/,
      )
      const records: TrainingRecord[] = []
      const reading = async () => {
        for await (const record of run) records.push(record)
      }
      await failure('DIVERGED', reading)
      expect(records[0]?.iteration).toBe(0)
      const { loss, gradientNorm } = records.at(-1)!
      expect(Number.isFinite(loss) && Number.isFinite(gradientNorm)).toBe(false)
    },
  )
})

describe('options of train', () => {
  it.each<[object, string]>([
    [
      { objective: 'standard' },
      "Expected `objective` to be made by `standard()` or `adversarial(…)`, got 'standard'.",
    ],
    [{ learningRate: -1 }, 'Expected `learningRate` to be a non-negative number, got -1.'],
    [
      { learningRate: 'fast' },
      "Expected `learningRate` to be a non-negative number or a function of the iteration, got 'fast'.",
    ],
    [
      { learningRate: () => Number.NaN },
      'Expected `learningRate` to be a finite number of at least 0 at iteration 0, got NaN.',
    ],
    [{ iterations: -1 }, 'Expected `iterations` to be an integer from 0 to 100000000, got -1.'],
    [{ iterations: 1.5 }, 'Expected `iterations` to be an integer from 0 to 100000000, got 1.5.'],
    [{ iterations: 2 ** 31 }, 'Expected `iterations` to be an integer from 0 to 100000000, got 2147483648.'],
    [{ momentum: 1 }, 'Expected `momentum` to be a number from 0 to below 1, got 1.'],
    [{ batchSize: 0 }, 'Expected `batchSize` to be an integer from 1 to 2147483647, got 0.'],
    [{ record: { every: 0 } }, 'Expected `record.every` to be an integer from 1 to 2147483647, got 0.'],
    [
      { record: { features: smallDistribution({ dimension: 8 }) } },
      'Expected `features` to be of 2 classes and dimension 6, got 2 classes and dimension 8.',
    ],
    [
      { checkpoint: { directory: 'x', everySeconds: -1 } },
      'Expected `checkpoint.everySeconds` to be a non-negative number, got -1.',
    ],
    [{ checkpoint: {} }, 'Expected `checkpoint.directory` to be text, got nothing.'],
  ])('%# out of range throw at the call', async (options, message) => {
    const start = () => void train(network, data, { ...plain, ...options } as TrainOptions)
    expect(start).toThrow(message)
    expect(await failure('INVALID_ARGUMENT', start)).toBe(message)
  })

  it.each<[object, string]>([
    [{ learningRte: 1 }, 'Unknown option `learningRte` in `options`; did you mean `learningRate`?'],
    [{ record: { evry: 1 } }, 'Unknown option `evry` in `record`; did you mean `every`?'],
    [{ checkpoint: { folder: 'x' } }, 'Unknown option `folder` in `checkpoint`; it takes'],
  ])('%# misspelled are named', async (options, message) => {
    const start = () => train(network, data, { ...plain, ...options } as TrainOptions)
    expect(await failure('UNKNOWN_OPTION', start)).toContain(message)
  })

  it('must fit the data', async () => {
    await failure('INVALID_ARGUMENT', () => train(smallNetwork({ dimension: 5 }), data, plain))
    await failure('INVALID_ARGUMENT', () => train(network, double, plain))
    const none = await distribution.sample(0)
    await failure('INVALID_ARGUMENT', () => train(network, none, plain))
  })

  it('need a sample', async () => {
    const none = await distribution.sample(0)
    expect(await failure('INVALID_ARGUMENT', () => train(network, none, plain))).toBe(
      'Expected `data` to have at least one sample, got none.',
    )
  })

  it('pass on what a schedule throws', () => {
    const learningRate = () => {
      throw new Error('no rate today')
    }
    expect(() => train(network, data, { ...plain, learningRate })).toThrow('no rate today')
  })
})
