import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
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
  PatchNetwork,
  readSafetensors,
  relu,
  residual,
  resnet8,
  resnet20,
  smallCnn,
  type Tensor,
  writeSafetensors,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { describeLayered, randomImageData, randomNetwork, trainableLayers } from '../helpers/layered-cases.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

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

describeLayered('a file of a layered network', () => {
  const saved = async () => {
    const data = randomImageData(1)
    const network = randomNetwork(
      [normalization({ mean: [0.1, 0.2, 0.3], deviation: [1, 2, 3] }), ...trainableLayers],
      data,
    )
    const path = join(temporaryFolder(), 'network.safetensors')
    await network.save(path)
    return { data, network, path }
  }

  it('gives the network back', async () => {
    const { data, network, path } = await saved()
    const loaded = await LayeredNetwork.load(path)
    expect(loaded).toEqual(network)
    expect(await loaded.evaluate(data)).toEqual(await network.evaluate(data))
    const { tensors } = await readSafetensors(path)
    expect(tensors.get('4.body.0.weight')?.shape).toEqual([6, 6, 3, 3])
  })

  it('of no images gives no scores', async () => {
    const { network } = await saved()
    expect(await network.evaluate(randomImageData(1, { count: 0 }))).toMatchObject({
      accuracy: 0,
      scores: new Float64Array(),
    })
  })

  it('is refused when anything in it is of another kind', async () => {
    const { path, network } = await saved()
    const { tensors, metadata } = await readSafetensors(path)
    const refused = async (changed: Record<string, Tensor | undefined>, layers: unknown = network.layers) => {
      const entries = Object.entries({ ...Object.fromEntries(tensors), ...changed })
      const kept = entries.filter((entry): entry is [string, Tensor] => entry[1] !== undefined)
      const architecture = JSON.stringify({ ...JSON.parse(metadata.layeredNetwork!), layers })
      await writeSafetensors(path, { tensors: new Map(kept), metadata: { layeredNetwork: architecture } })
      return failure('INVALID_FILE', () => LayeredNetwork.load(path))
    }
    const one: Tensor = { shape: [1], data: Float32Array.of(1) }
    expect(await refused({ '1.weight': undefined })).toContain('no tensor 1.weight of 6 × 3 × 3 × 3')
    expect(await refused({ '1.weight': one })).toContain('no tensor 1.weight')
    expect(await refused({ extra: one })).toContain('tensor extra')
    const six = { shape: [6], data: new Float32Array(6).fill(-1) }
    expect(await refused({ '2.variance': six })).toContain('negative variances')
    expect(await refused({ '2.mean': { ...six, data: six.data.map(() => Number.NaN) } })).toContain(
      'not finite',
    )
    expect(await refused({}, [{ kind: 'attention' }])).toContain('layered network')
    expect(await refused({}, network.layers.slice(0, -1))).toContain('last layer to be dense')
    expect(await refused({}, [dense({ units: 1_000_000 }), ...network.layers.slice(-1)])).toContain(
      'no tensor 0.weight',
    )
    expect(await refused({}, 3)).toContain('layered network')
  })

  it('is refused when it is a patch network’s, and a patch network’s when it is this', async () => {
    const { path } = await saved()
    await failure('INVALID_FILE', () => PatchNetwork.load(path))
    await PatchNetwork.initialize({ classes: 2, dimension: 2, filtersPerClass: 1 }).save(path)
    expect(await failure('INVALID_FILE', () => LayeredNetwork.load(path))).toContain(
      'another safetensors file',
    )
    await failure('FILE_NOT_FOUND', () => LayeredNetwork.load(`${path}.none`))
  })

  it('is refused when any bit of its header is flipped, or read as it is', async () => {
    const { path, network } = await saved()
    const bytes = readFileSync(path)
    const header = Number(bytes.readBigUInt64LE(0)) + 8
    for (let bit = 0; bit < header * 8; bit += 97) {
      const flipped = Uint8Array.from(bytes)
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      writeFileSync(path, flipped)
      const found = await LayeredNetwork.load(path).catch((error: { code: string }) => error.code)
      // A digit of an option such as a momentum is still a network.
      if (found instanceof LayeredNetwork) expect(found.parameters.length).toBe(network.parameters.length)
      else expect(found).toBe('INVALID_FILE')
    }
  })
})
