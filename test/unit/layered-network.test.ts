import { expect, it } from 'vitest'
import {
  activation,
  batchNormalization,
  convolution,
  dense,
  type Layer,
  LayeredNetwork,
  maxPooling,
  normalization,
  relu,
  residual,
  resnet8,
  resnet20,
  smallCnn,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { describeLayered, randomImageData } from '../helpers/layered-cases.js'

const input = { height: 8, width: 10, channels: 3 }
const last = dense({ units: 4 })
const initialize = (layers: Layer[], seed = 1) => LayeredNetwork.initialize({ input, layers, seed })
const refusal = (layers: unknown) => failure('INVALID_ARGUMENT', () => initialize(layers as Layer[]))

describeLayered('LayeredNetwork.initialize', () => {
  it('draws He-normal weights, and leaves biases 0 and batch normalisation neutral', () => {
    const network = initialize([
      convolution({ channels: 64 }),
      batchNormalization(),
      activation(relu()),
      last,
    ])
    const tensors = network.tensors()
    expect([...tensors].map(([name, { shape }]) => [name, shape])).toEqual([
      ['0.weight', [64, 3, 3, 3]],
      ['0.bias', [64]],
      ['1.weight', [64]],
      ['1.bias', [64]],
      ['1.mean', [64]],
      ['1.variance', [64]],
      ['3.weight', [4, 64 * 6 * 8]],
      ['3.bias', [4]],
    ])
    const all = (name: string) => new Set(tensors.get(name)?.data)
    for (const name of ['0.bias', '1.bias', '1.mean', '3.bias']) expect(all(name)).toEqual(new Set([0]))
    for (const name of ['1.weight', '1.variance']) expect(all(name)).toEqual(new Set([1]))
    for (const [name, fan] of [
      ['0.weight', 27],
      ['3.weight', 64 * 6 * 8],
    ] as const) {
      const { data } = tensors.get(name)!
      const variance = data.reduce((sum, value) => sum + value * value, 0) / data.length
      // Five standard deviations of the variance of that many normal numbers.
      expect(Math.abs((variance * fan) / 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / data.length))
    }
  })

  it('depends on the seed alone', () => {
    const layers = smallCnn({ classes: 3 })
    const make = (seed: number) =>
      LayeredNetwork.initialize({ input: { height: 16, width: 16, channels: 1 }, layers, seed }).parameters
    expect(make(1)).toEqual(make(1))
    expect(make(1)).not.toEqual(make(2))
  })

  it.each([
    ['smallCnn', smallCnn, { height: 28, width: 28, channels: 1 }, 312_202],
    ['resnet8', resnet8, { height: 32, width: 32, channels: 3 }, 78_042],
    ['resnet20', resnet20, { height: 32, width: 32, channels: 3 }, 272_474],
  ] as const)('%s has the published number of parameters', (_, make, shape, count) => {
    const network = LayeredNetwork.initialize({ input: shape, layers: make({ classes: 10 }) })
    expect(network.parameters.length).toBe(count)
    expect(network.classes).toBe(10)
  })
})

describeLayered('what does not fit is refused by the name of its layer', () => {
  it.each<[string, Layer[], RegExp]>([
    ['no layers', [], /last layer to be dense.*got none/],
    ['another last layer', [last, activation(relu())], /last layer to be dense.*got activation/],
    ['one class', [dense({ units: 1 })], /at least 2 units/],
    [
      'a window beyond the image',
      [convolution({ channels: 2, window: 9 }), last],
      /layer 0 \(convolution\).*at most 8 on 8 × 10.*got 9/,
    ],
    [
      'a padding of the window',
      [maxPooling({ window: 2, padding: 2 }), last],
      /layer 0 \(maxPooling\) to have a padding below/,
    ],
    [
      'a late normalization',
      [activation(relu()), normalization({ mean: [0, 0, 0], deviation: [1, 1, 1] }), last],
      /layer 1 \(normalization\) to be the first/,
    ],
    [
      'a mean per channel',
      [normalization({ mean: [0], deviation: [1, 1, 1] }), last],
      /layer 0 \(normalization\) to have a mean for each of 3/,
    ],
    [
      'shapes that cannot be added',
      [residual([convolution({ channels: 4 })]), last],
      /layer 0 \(residual\).*6 × 8 × 4 and 8 × 10 × 3/,
    ],
    [
      'a layer inside a residual one',
      [residual([residual([maxPooling({ window: 20 })])]), last],
      /layer 0\.body\.0\.body\.0 \(maxPooling\)/,
    ],
    [
      'too many parameters',
      [dense({ units: 1_000_000 }), dense({ units: 1_000_000 }), last],
      /layer 1 \(dense\).*2\^28 parameters/,
    ],
  ])('%s', async (_, layers, message) => {
    expect(await refusal(layers)).toMatch(message)
  })

  it('foreign objects in place of layers', async () => {
    for (const layers of [
      null,
      3,
      {},
      [null],
      [{}],
      [{ kind: 'swish' }],
      [{ kind: 'dense', units: 'many' }],
    ]) {
      await refusal(layers)
    }
    const cyclic: Layer[] = [last]
    cyclic.unshift({ kind: 'residual', body: cyclic, shortcut: [] })
    expect(await refusal(cyclic)).toContain('nested at most 16 deep')
    for (const wrong of [null, undefined, 3]) {
      await failure('INVALID_ARGUMENT', () => LayeredNetwork.initialize(wrong as never))
      await failure('INVALID_ARGUMENT', () => new LayeredNetwork(wrong as never))
    }
  })

  it('numbers that are too few, no numbers, or no variances', async () => {
    const { layers, parameters, statistics } = initialize([batchNormalization(), last])
    const make = (change: object) =>
      failure(
        'INVALID_ARGUMENT',
        () => new LayeredNetwork({ input, layers, parameters, statistics, ...change }),
      )
    expect(await make({ parameters: parameters.slice(1) })).toContain('numbers long')
    expect(await make({ parameters: Float64Array.from(parameters) })).toContain('Float32Array')
    expect(await make({ parameters: parameters.map(() => Number.NaN) })).toContain('`parameters[0]`')
    expect(await make({ statistics: statistics.map(() => -1) })).toContain('variances')
  })

  it('images of another size or of more classes', async () => {
    const network = initialize([last])
    const sizes = { count: 2, ...input }
    expect((await network.evaluate(randomImageData(1, sizes))).scores.length).toBe(8)
    for (const change of [{ height: 9 }, { channels: 1 }, { classes: 5 }]) {
      const data = randomImageData(1, { ...sizes, ...change })
      expect(await failure('INVALID_ARGUMENT', () => network.evaluate(data))).toMatch(
        /to be 8 × 10 × 3 images of at most 4 classes, got/,
      )
    }
    const data = randomImageData(1, sizes)
    const perturbation = new Float32Array(3)
    await failure('INVALID_ARGUMENT', () => network.evaluate(data, { perturbation }))
    await failure('UNKNOWN_OPTION', () => network.evaluate(data, { thread: 1 } as never))
    await failure('ABORTED', () => network.evaluate(data, { signal: AbortSignal.abort() }))
  })
})
