import { expect, it } from 'vitest'
import {
  dense,
  evaluateRobustness,
  type ImageData,
  imageAttackSuite,
  type LayeredNetwork,
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

const plan = {
  objective: standard(),
  learningRate: 0.05,
  epochs: 15,
  batchSize: 6,
  optimizer: sgd({ momentum: 0.9, nesterov: true, weightDecay: 1e-3 }),
  seed: 4,
}

describeLayered('robustness of layered networks', () => {
  const attacks = imageAttackSuite({ norm: 'linf', radius: 0.06, steps: 5, restarts: 2 })
  let made: Promise<{ data: ImageData; network: LayeredNetwork }> | undefined
  const standing = () => {
    made ??= (async () => {
      const data = learnableImageData(2, { count: 40 })
      const network = randomNetwork(trainableLayers, data)
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

  it.each([
    ['linf', 1, 1.001],
    ['l2', Math.sqrt(7 * 9 * 3), 14],
  ] as const)('raises a flag where the radius is beyond the pixels, %s', async (norm, widest, beyond) => {
    const { data, network } = await standing()
    const flagsAt = async (radius: number) => {
      const { flags } = await evaluateRobustness(network, data, {
        attacks: [pgd({ norm, radius, steps: 1 })],
      })
      return flags.filter(({ name }) => name === 'radius-too-large')
    }
    expect(await flagsAt(widest)).toEqual([])
    expect(await flagsAt(beyond)).toEqual([
      { name: 'radius-too-large', share: 1, message: expect.stringContaining(`is ${beyond}/255 = 0.0`) },
    ])
  })

  it('names attacks by the ball of the whole image', async () => {
    const { data, network } = await standing()
    const { outcomes, threat } = await evaluateRobustness(network, data, {
      attacks: [pgd({ norm: 'linf', radius: 0.1, steps: 2 }), oneStep({ norm: 'linf', radius: 0.1 })],
    })
    expect(threat.budget).toBe('input')
    expect(outcomes.map(({ name }) => name)).toEqual([
      'pgd-2-linf-0.1-input',
      'one-step-normalized-linf-0.1-input',
    ])
  })

  it('works for two classes', async () => {
    const data = learnableImageData(2, { count: 9, classes: 2 })
    const network = randomNetwork([...trainableLayers.slice(0, -1), dense({ units: 2 })], data)
    const { network: result } = await train(network, data, { ...plan, epochs: 2 }).finished
    const { robustAccuracy, cleanAccuracy } = await evaluateRobustness(result, data, { attacks })
    expect(robustAccuracy).toBeLessThanOrEqual(cleanAccuracy)
  })
})
