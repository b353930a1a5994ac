import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  activation,
  batchNormalization,
  convolution,
  dense,
  evaluateRobustness,
  globalAveragePooling,
  imageAttackSuite,
  type Layer,
  LayeredNetwork,
  maxPooling,
  readSafetensors,
  relu,
  smallCnn,
  standard,
  train,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { describeLayered, learnableImageData, randomImageData } from '../helpers/layered-cases.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

/** Every convolution's sums overflow, the second one's to ∞ − ∞. */
function overflowing(layers: Layer[], { height, width, channels }: ReturnType<typeof randomImageData>) {
  const fresh = LayeredNetwork.initialize({ input: { height, width, channels }, layers })
  const parameters = fresh.parameters.slice()
  let convolutions = 0
  for (const { native, range } of fresh.operations) {
    if (native.kind !== 'convolution') continue
    const sign = (i: number) => (convolutions > 0 && i % 2 === 0 ? -1 : 1)
    for (let i = 0; i < range.weightCount; i++) parameters[range.weights + i] = 3e38 * sign(i)
    convolutions++
  }
  return fresh.withState(parameters, fresh.statistics)
}

describeLayered('numbers that overflow', () => {
  const wide = () => convolution({ channels: 8, padding: 1, bias: false })
  const rectifier = () => activation(relu())
  it.each([
    ['ReLU', [wide(), rectifier(), wide(), rectifier()]],
    ['max pooling', [wide(), wide(), maxPooling({ window: 2 })]],
    ['a dense ReLU', [wide(), wide(), dense({ units: 4 }), rectifier()]],
  ])('are no robustness behind %s', async (_, layers) => {
    const data = randomImageData(5, { count: 9 })
    const network = overflowing([...layers, globalAveragePooling(), dense({ units: data.classes })], data)
    const { cleanAccuracy, robustAccuracy } = await evaluateRobustness(network, data, {
      attacks: imageAttackSuite({ norm: 'linf', radius: 0.01, steps: 2, restarts: 1 }),
    })
    expect([cleanAccuracy, robustAccuracy]).toEqual([0, 0])
  })

  it('are divergence when an update makes them', async () => {
    const data = learnableImageData(2, { count: 5 })
    const { height, width, channels } = data
    const layers = [wide(), rectifier(), dense({ units: data.classes })]
    const network = LayeredNetwork.initialize({ input: { height, width, channels }, layers })
    const options = { objective: standard(), learningRate: 1e39, iterations: 1 }
    await failure('DIVERGED', () => train(network, data, options).finished)
  })

  it('leave the last checkpoint, which is from before', async () => {
    const input = { height: 28, width: 28, channels: 1 }
    const data = learnableImageData(2, { ...input, count: 64 })
    const network = LayeredNetwork.initialize({ input, layers: smallCnn({ classes: data.classes }) })
    const directory = temporaryFolder()
    const run = () =>
      train(network, data, {
        objective: standard(),
        learningRate: (iteration) => (iteration < 12 ? 0.01 : 1e39),
        iterations: 20,
        checkpoint: { directory, everySeconds: 0 },
      })
    const message = await failure('DIVERGED', () => run().finished)
    const { tensors } = await readSafetensors(join(directory, 'checkpoint.safetensors'))
    expect(tensors.get('parameters')?.data.every((value) => Number.isFinite(value))).toBe(true)
    const again = run()
    const { resumedAt } = await again.started
    expect(resumedAt).toBeGreaterThan(0)
    expect(resumedAt).toBeLessThanOrEqual(12)
    expect(await failure('DIVERGED', () => again.finished)).toBe(message)
  })

  it('do not come from the filling of a tile', async () => {
    // A batch of one has no variance: what it does not count is blown up from layer to layer.
    const data = learnableImageData(2, { count: 17 })
    const { height, width, channels } = data
    const block = () => [dense({ units: 16 }), batchNormalization(), rectifier()]
    const layers = [...Array.from({ length: 18 }, block).flat(), dense({ units: data.classes })]
    const network = LayeredNetwork.initialize({ input: { height, width, channels }, layers })
    const { history } = await train(network, data, {
      objective: standard(),
      learningRate: 1e-3,
      batchSize: 16,
      iterations: 4,
    }).finished
    expect(history.every(({ loss }) => Number.isFinite(loss))).toBe(true)
  })
})
