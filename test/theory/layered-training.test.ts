import { expect, it } from 'vitest'
import {
  adam,
  adversarial,
  augment,
  ImageData,
  type LayeredTrainOptions,
  pgd,
  sgd,
  standard,
  train,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import {
  describeLayered,
  learnableImageData,
  randomImages,
  randomNetwork,
  trainableLayers,
} from '../helpers/layered-cases.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const sizes = { count: 23 }
const attack = pgd({ norm: 'linf', radius: 0.05, steps: 2, randomStart: true })
const options = (change: Partial<LayeredTrainOptions> = {}): LayeredTrainOptions => ({
  objective: adversarial(attack, { cleanWeight: 0.3 }),
  learningRate: 0.05,
  epochs: 2,
  batchSize: 6,
  optimizer: sgd({ momentum: 0.9, nesterov: true, weightDecay: 1e-3 }),
  augmentation: { padding: 1, flip: true },
  seed: 4,
  record: { every: 3 },
  ...change,
})

const set = () => {
  const data = learnableImageData(2, sizes)
  return { data, network: randomNetwork(trainableLayers, data) }
}

async function trained(change: Partial<LayeredTrainOptions> = {}) {
  const { data, network } = set()
  const { network: result, history } = await train(network, data, options(change)).finished
  return { parameters: result.parameters, statistics: result.statistics, history }
}

describeLayered('training of layered networks', () => {
  it('crops and flips as `augment` says', async () => {
    const images = randomImages(8, { count: 12 })
    const data = ImageData.fromImages(images)
    const network = randomNetwork(trainableLayers, data)
    const changes = { padding: 2, flip: true }
    const once = (change: Partial<LayeredTrainOptions>) => {
      const { epochs: _, ...rest } = options({ objective: standard(), batchSize: 12, ...change })
      return { ...rest, iterations: 1 }
    }
    const inside = await train(network, data, once({ augmentation: changes })).finished
    const before = ImageData.fromImages(augment(images, { ...changes, seed: 4, epoch: 0 }))
    const outside = await train(network, before, once({ augmentation: {} })).finished
    expect(inside.network.parameters).toEqual(outside.network.parameters)
    const untouched = await train(network, data, once({ augmentation: {} })).finished
    expect(inside.network.parameters).not.toEqual(untouched.network.parameters)
  })

  it('learns', async () => {
    const { history } = await trained({ objective: standard(), epochs: 20, augmentation: {} })
    expect(history.at(-1)?.cleanAccuracy).toBeGreaterThan(0.9)
    expect(history.at(-1)?.loss).toBeLessThan(history[0]!.loss / 2)
  })

  it.each([
    ['sgd', {}],
    ['adam', { optimizer: adam({ weightDecay: 1e-3 }), learningRate: 1e-3 }],
    ['standard training', { objective: standard() }],
  ])('gives the same bits for any number of threads: %s', async (_, change) => {
    const one = await trained({ ...change, threads: 1 })
    for (const threads of [2, 3]) expect(await trained({ ...change, threads })).toEqual(one)
  })

  it.each([
    ['sgd', sgd({ momentum: 0.9 })],
    ['adam', adam()],
  ])('resumes to the bits and records of an uninterrupted run: %s', async (_, optimizer) => {
    const { data, network } = set()
    const { epochs: _epochs, ...plan } = { ...options({ optimizer }), iterations: 60 }
    const whole = await train(network, data, plan).finished
    const checkpoint = { directory: temporaryFolder(), everySeconds: 0 }
    const resumptions = new Set<number>()
    for (let milliseconds = 50; ; milliseconds *= 2) {
      const controller = new AbortController()
      const run = train(network, data, { ...plan, checkpoint, signal: controller.signal })
      const outcome = run.finished.catch((error: unknown) => error)
      resumptions.add((await run.started).resumedAt)
      const timer = setTimeout(() => controller.abort(), milliseconds)
      const ending = await outcome
      clearTimeout(timer)
      if (ending instanceof Error) {
        expect(ending).toMatchObject({ code: 'ABORTED' })
        continue
      }
      const { network: resumed, history } = ending as typeof whole
      expect(resumed.parameters).toEqual(whole.network.parameters)
      expect(resumed.statistics).toEqual(whole.network.statistics)
      expect(history).toEqual(whole.history)
      break
    }
    expect(Math.max(...resumptions)).toBeGreaterThan(0)
  })

  it('is standard training where the perturbed images have no weight, or no perturbation', async () => {
    const { parameters, statistics } = await trained({ objective: standard() })
    const same = [
      adversarial(attack, { cleanWeight: 1 }),
      adversarial(pgd({ norm: 'linf', radius: 0, steps: 2, randomStart: true })),
      adversarial(pgd({ norm: 'l2', radius: 0, steps: 2 })),
      adversarial(pgd({ norm: 'linf', radius: 0.1, steps: 0 })),
    ]
    for (const objective of same) {
      expect(await trained({ objective })).toMatchObject({ parameters, statistics })
    }
    const harder = await trained({ objective: adversarial(attack) })
    expect(harder.parameters).not.toEqual(parameters)
  })

  it('changes nothing at learning rate 0 but the running statistics', async () => {
    const { network } = set()
    const { parameters, statistics } = await trained({ learningRate: 0 })
    expect(parameters).toEqual(network.parameters)
    expect(statistics).not.toEqual(network.statistics)
  })

  it('takes batches of one, and one batch of all', async () => {
    for (const batchSize of [1, 1000]) {
      const { history } = await trained({ batchSize, epochs: 1, record: {} })
      expect(history.map(({ iteration }) => iteration)).toEqual([batchSize === 1 ? sizes.count : 1])
      expect(history[0]!.loss).toBeGreaterThan(0)
    }
  })

  it('records means over the images since the record before, weighted as the objective is', async () => {
    const { history } = await trained({ objective: adversarial(attack, { cleanWeight: 0.25 }) })
    expect(history.map(({ iteration }) => iteration)).toEqual([3, 6, 8])
    for (const { loss, cleanLoss = Number.NaN, adversarialLoss = Number.NaN } of history) {
      expect(loss).toBeCloseTo(0.25 * cleanLoss + 0.75 * adversarialLoss, 6)
    }
  })

  it('stops where the loss is no longer finite', async () => {
    const diverging = trained({ learningRate: 1e30, epochs: 20 })
    // Layers have no initial scale that could be lowered.
    expect(await failure('DIVERGED', () => diverging)).toMatch(
      /^The loss is no longer finite at iteration \d+; lower `learningRate`\.$/,
    )
  })
})
