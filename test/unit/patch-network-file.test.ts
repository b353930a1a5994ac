import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  PatchNetwork,
  readNpz,
  readSafetensors,
  smoothedRelu,
  type TensorData,
  writeNpz,
  writeSafetensors,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { activations, smallNetwork } from '../helpers/library-cases.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const double = smallNetwork({ precision: 'float64' })

describe('save and load', () => {
  it.each([
    ...activations.map((activation) => ({ activation })),
    { precision: 'float64' as const },
    { filtersPerClass: 1, dimension: 1 },
  ])('bring back the network with %j', async (options) => {
    const path = join(temporaryFolder(), 'network.safetensors')
    const network = smallNetwork(options)
    await network.save(path)
    const loaded = await PatchNetwork.load(path)
    expect(loaded).toEqual(network)
    expect(loaded.precision).toBe(network.precision)
    await network.save(`${path}.npz`)
    expect(await PatchNetwork.load(`${path}.npz`)).toEqual(network)
  })

  it('write equal files for equal networks', async () => {
    const folder = temporaryFolder()
    const paths = ['a.safetensors', 'b.safetensors'].map((name) => join(folder, name))
    for (const path of paths) await smallNetwork().save(path)
    expect(readFileSync(paths[0]!)).toEqual(readFileSync(paths[1]!))
  })

  it('name a file that is not there, and a folder that cannot be written', async () => {
    const folder = temporaryFolder()
    const missing = join(folder, 'none')
    expect(await failure('FILE_NOT_FOUND', () => PatchNetwork.load(missing))).toContain(missing)
    writeFileSync(join(folder, 'file'), '')
    const below = join(folder, 'file', 'network.npz')
    expect(await failure('WRITE_FAILED', () => double.save(below))).toContain(below)
  })

  it.each(['network.pt', 'network'])('refuse to write %s, of no known ending', async (name) => {
    const folder = temporaryFolder()
    const path = join(folder, name)
    expect(await failure('INVALID_ARGUMENT', () => double.save(path))).toBe(
      `Expected \`path\` to end in .npz or .safetensors, got '${path}'.`,
    )
    expect(readdirSync(folder)).toEqual([])
  })

  it('refuse every truncation of a file', async () => {
    const path = join(temporaryFolder(), 'network.safetensors')
    await double.save(path)
    const whole = readFileSync(path)
    for (const length of [0, 4, 8, 20, whole.length / 2, whole.length - 1]) {
      writeFileSync(path, whole)
      truncateSync(path, Math.floor(length))
      expect(await failure('INVALID_FILE', () => PatchNetwork.load(path))).toContain(path)
    }
  })

  it('say what is missing where a file holds something else', async () => {
    const path = join(temporaryFolder(), 'network.safetensors')
    await double.save(path)
    const { metadata } = await readSafetensors(path)
    const network = metadata.network!
    const facts = '`network` in its metadata with classes, filtersPerClass, dimension and activation'
    const [weights, integers] = [double.weights, new Int32Array(36)]
    const nan = weights.with(7, Number.NaN)
    const contents: [Record<string, string>, Record<string, TensorData>, string][] = [
      [{}, { weights }, `a file without ${facts}`],
      [{ layeredNetwork: '{}' }, { weights }, 'a layered network, which LayeredNetwork.load(path) reads'],
      [{ network: '{' }, { weights }, `no ${facts}, as JSON`],
      [
        { network: '{}' },
        { weights },
        'a damaged one (Expected `classes` to be an integer from 2 to 100000, got nothing)',
      ],
      [
        { network: network.replace('"dimension":6', '"dimension":7') },
        { weights },
        'no tensor weights of 6 × 7 float32 or float64 numbers',
      ],
      [{ network }, { velocity: weights }, 'no tensor weights of 6 × 6 float32 or float64 numbers'],
      [{ network }, { weights: integers }, 'no tensor weights of 6 × 6 float32 or float64 numbers'],
      [{ network }, { weights: nan }, 'a damaged one (Expected `weights[7]` to be a finite number, got NaN)'],
    ]
    for (const [metadata, named, found] of contents) {
      const tensors = new Map(Object.entries(named).map(([name, data]) => [name, { shape: [6, 6], data }]))
      await writeSafetensors(path, { tensors, metadata })
      expect(await failure('INVALID_FILE', () => PatchNetwork.load(path))).toBe(
        `Expected ${path} to hold a patch network, got ${found}.`,
      )
    }
    const unknown = { network: network.replace('smoothedRelu', 'tanh') }
    const flat = new Map([['weights', { shape: [6, 6], data: weights }]])
    await writeSafetensors(path, { tensors: flat, metadata: unknown })
    expect(await failure('INVALID_FILE', () => PatchNetwork.load(path))).toContain('(Expected `activation')
  })

  it('refuse weights of another shape, such as the transpose', async () => {
    const path = join(temporaryFolder(), 'network.npz')
    const network = smallNetwork()
    await network.save(path)
    const { tensors, metadata } = await readNpz(path)
    const { shape, data } = tensors.get('weights')!
    for (const wrong of [shape.toReversed().concat(1), [data.length]]) {
      await writeNpz(path, { tensors: new Map([['weights', { shape: wrong, data }]]), metadata })
      expect(await failure('INVALID_FILE', () => PatchNetwork.load(path))).toContain(
        `no tensor weights of ${shape.join(' × ')} `,
      )
    }
  })

  it('bring back a network whose activation is left out, with the default', async () => {
    const path = join(temporaryFolder(), 'network.safetensors')
    await double.save(path)
    const { tensors, metadata } = await readSafetensors(path)
    const { activation: _, ...facts } = JSON.parse(metadata.network!)
    await writeSafetensors(path, { tensors, metadata: { network: JSON.stringify(facts) } })
    expect((await PatchNetwork.load(path)).activation).toEqual(smoothedRelu())
  })
})
