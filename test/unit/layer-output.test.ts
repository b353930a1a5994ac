import { expect, it } from 'vitest'
import { pooled, stageValues } from '../../src/experiments/depth/stage-values.js'
import { layerOutput } from '../../src/features/layer-output.js'
import { activation, convolution, dense, globalAveragePooling, relu, residual } from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { describeLayered, randomImageData, randomNetwork } from '../helpers/layered-cases.js'

const images = randomImageData(1, { count: 5, height: 6, width: 7 })
const network = randomNetwork(
  [
    convolution({ channels: 4, padding: 1 }),
    activation(relu()),
    residual([convolution({ channels: 4, padding: 1 })]),
    globalAveragePooling(),
    dense({ units: 3 }),
  ],
  images,
)

describeLayered('layerOutput', () => {
  it('is what the layers after it go on with', async () => {
    const { channels, height, width, values } = await layerOutput(network, images, '2')
    expect([channels, height, width, values.length]).toEqual([4, 6, 7, 5 * 4 * 6 * 7])
    const tensors = network.tensors()
    const [weight, bias] = [tensors.get('4.weight')!.data, tensors.get('4.bias')!.data]
    const { scores } = await network.evaluate(images)
    for (const [e, score] of scores.entries()) {
      const [n, i] = [Math.floor(e / 3), e % 3]
      let expected = bias[i]!
      for (let c = 0; c < 4; c++) {
        const plane = values.subarray((n * 4 + c) * 42, (n * 4 + c + 1) * 42)
        expected += (weight[i * 4 + c]! * plane.reduce((sum, value) => sum + value, 0)) / 42
      }
      expect(score).toBeCloseTo(expected, 4)
    }
    expect(Array.from((await layerOutput(network, images, '4')).values)).toEqual(Array.from(scores))
  })

  it('is of the perturbed images where there is a perturbation', async () => {
    const perturbation = new Float32Array(images.samples * images.inputSize).fill(0.25)
    const { values } = await layerOutput(network, images, '4', { perturbation, threads: 2 })
    const { scores } = await network.evaluate(images, { perturbation })
    expect(Array.from(values)).toEqual(Array.from(scores))
  })

  it('refuses layers that are not there', async () => {
    expect(await failure('INVALID_ARGUMENT', () => layerOutput(network, images, '5.body.0'))).toContain(
      '2.body.0 (convolution)',
    )
  })
})

describeLayered('values of a stage', () => {
  it('are means over regions that cover the image, at most 4 × 4', () => {
    const shape = { channels: 2, height: 5, width: 3 }
    const values = Float32Array.from({ length: 30 }, (_, e) => e)
    const at = (c: number, i: number, j: number) => values[(c * 5 + i) * 3 + j]!
    // Rows 0–1, 1–2, 2–3, 3–4; each column by itself.
    const expected = [0, 1].flatMap((c) =>
      [0, 1, 2, 3].flatMap((i) => [0, 1, 2].map((j) => (at(c, i, j) + at(c, i + 1, j)) / 2)),
    )
    expect(Array.from(pooled({ ...shape, values }))).toEqual(expected)
    const single = Float32Array.of(4, 5, 6)
    expect(pooled({ channels: 3, height: 1, width: 1, values: single })).toEqual(single)
  })

  it('do not depend on how many images are taken at a time', async () => {
    const many = randomImageData(2, { count: 130, height: 6, width: 7 })
    const whole = await stageValues(network, '1', { data: many }, { threads: 2 })
    expect(whole.labels).toEqual(many.labels())
    const last = await stageValues(network, '1', { data: many.select([128, 129]) }, {})
    expect(whole.values.subarray(-last.values.length)).toEqual(last.values)
    expect(last.values).toHaveLength(2 * 4 * 16)
  })
})
