import { expect, it } from 'vitest'
import {
  adam,
  adversarial,
  dense,
  evaluateRobustness,
  type ImageData,
  imageAttackSuite,
  type LayeredNetwork,
  type LayeredTrainOptions,
  oneStep,
  pgd,
  sgd,
  standard,
  train,
} from '../../src/index.js'
import {
  describeLayered,
  learnableImageData,
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

const set = (count = sizes.count) => {
  const data = learnableImageData(2, { count })
  return { data, network: randomNetwork(trainableLayers, data) }
}

async function trained(change: Partial<LayeredTrainOptions> = {}, count?: number) {
  const { data, network } = set(count)
  const { network: result, history } = await train(network, data, options(change)).finished
  return { parameters: result.parameters, statistics: result.statistics, history }
}

describeLayered('training of layered networks', () => {
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
    await expect(diverging).rejects.toMatchObject({ code: 'DIVERGED', message: /at iteration \d+/ })
  })
})

describeLayered('robustness of layered networks', () => {
  const attacks = imageAttackSuite({ norm: 'linf', radius: 0.06, steps: 5, restarts: 2 })
  let made: Promise<{ data: ImageData; network: LayeredNetwork }> | undefined
  const standing = () => {
    made ??= (async () => {
      const { data, network } = set(40)
      const plan = options({ objective: standard(), epochs: 15, augmentation: {} })
      return { data, network: (await train(network, data, plan).finished).network }
    })()
    return made
  }

  it('is the clean accuracy exactly at radius 0 or without steps', async () => {
    const { data, network } = await standing()
    const clean = await network.evaluate(data)
    for (const nothing of [
      imageAttackSuite({ norm: 'linf', radius: 0, steps: 3 }),
      [pgd({ norm: 'l2', radius: 0.5, steps: 0 })],
    ]) {
      const { margin, robustAccuracy, cleanAccuracy } = await evaluateRobustness(network, data, {
        attacks: nothing,
      })
      expect(margin).toEqual(clean.margin)
      expect(robustAccuracy).toBe(cleanAccuracy)
      expect(cleanAccuracy).toBe(clean.accuracy)
    }
  })

  it.each(['linf', 'l2'] as const)(
    'is of perturbations in the ball and the box, scored once more: %s',
    async (norm) => {
      const { data, network } = await standing()
      const radius = norm === 'linf' ? 0.06 : 0.6
      const found = await evaluateRobustness(network, data, {
        attacks: imageAttackSuite({ norm, radius, steps: 5 }),
        keepPerturbations: true,
      })
      const perturbation = found.perturbations as Float32Array
      expect((await network.evaluate(data, { perturbation })).margin).toEqual(found.margin)
      const perturbed = data.inputs().map((value, index) => value + perturbation[index]!)
      expect(perturbed.every((value) => value >= -1e-7 && value <= 1 + 1e-7)).toBe(true)
      const size = data.inputSize
      for (let n = 0; n < data.samples; n++) {
        const own = perturbation.subarray(n * size, (n + 1) * size)
        const length = norm === 'linf' ? Math.max(...own.map(Math.abs)) : Math.hypot(...own)
        expect(length).toBeLessThanOrEqual(radius * (1 + 1e-6))
      }
      expect(found.robustAccuracy).toBeLessThan(found.cleanAccuracy)
      expect(found.flags).toEqual([])
    },
  )

  it('has the same bits for any number of threads', async () => {
    const { data, network } = await standing()
    const one = await evaluateRobustness(network, data, { attacks, threads: 1 })
    for (const threads of [2, 3])
      expect(await evaluateRobustness(network, data, { attacks, threads })).toEqual(one)
  })

  it('has the same verdicts when images end at their first wrong classification', async () => {
    const { data, network } = await standing()
    const whole = await evaluateRobustness(network, data, { attacks })
    const stopped = await evaluateRobustness(network, data, { attacks, stopWhenFooled: true })
    expect(stopped.robust).toEqual(whole.robust)
    expect(stopped.robustAccuracy).toBe(whole.robustAccuracy)
    expect(stopped.robustAccuracy).toBeGreaterThan(0)
    expect(stopped.robustAccuracy).toBeLessThan(stopped.cleanAccuracy)
    expect(stopped.flags).toEqual([])
    expect(stopped.outcomes.at(-1)?.accuracy).toBe(stopped.robustAccuracy)
    expect(Array.from(stopped.outcomes[1]!.norm).some(Number.isNaN)).toBe(true)
  })

  it('is an image’s own, whatever company it has', async () => {
    const { data, network } = await standing()
    const starts = imageAttackSuite({ norm: 'linf', radius: 0.06, steps: 5, restarts: 1 })
    const { margin } = await evaluateRobustness(network, data, { attacks: starts })
    const order = Array.from({ length: data.samples }, (_, n) => (n * 7 + 3) % data.samples)
    const permuted = await evaluateRobustness(network, data.select(order), { attacks: starts })
    expect(permuted.margin).toEqual(Float64Array.from(order, (n) => margin[n]!))
    const alone = await evaluateRobustness(network, data.select([11]), { attacks: starts })
    expect(alone.margin).toEqual(margin.slice(11, 12))
  })

  it('falls with restarts, image by image', async () => {
    const { data, network } = await standing()
    const worst = async (restarts: number) =>
      (
        await evaluateRobustness(network, data, {
          attacks: imageAttackSuite({ norm: 'l2', radius: 0.6, steps: 3, restarts }),
        })
      ).margin
    const [one, three] = [await worst(1), await worst(3)]
    for (const [n, margin] of three.entries()) expect(margin).toBeLessThanOrEqual(one[n]!)
  })

  it('of one step along the sign is known in closed form', async () => {
    const { data, network } = await standing()
    const radius = 0.01
    const gradient = await network.inputGradient(data)
    const { perturbations = [] } = await evaluateRobustness(network, data, {
      attacks: [oneStep({ norm: 'linf', radius })],
      keepPerturbations: true,
    })
    const inputs = data.inputs()
    let moved = 0
    for (const [index, x] of inputs.entries()) {
      const found = perturbations[index]!
      if (found === 0) continue
      moved++
      const aim = Math.min(1, Math.max(0, x + radius * Math.sign(gradient[index]!)))
      expect(found).toBeCloseTo(aim - x, 6)
    }
    expect(moved).toBeGreaterThan(inputs.length / 2)
  })

  it('works for two classes', async () => {
    const data = learnableImageData(2, { count: 9, classes: 2 })
    const network = randomNetwork([...trainableLayers.slice(0, -1), dense({ units: 2 })], data)
    const { network: result } = await train(network, data, options()).finished
    const { robustAccuracy, cleanAccuracy } = await evaluateRobustness(result, data, { attacks })
    expect(robustAccuracy).toBeLessThanOrEqual(cleanAccuracy)
  })
})
