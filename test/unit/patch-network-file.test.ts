import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PatchNetwork, readSafetensors, type TensorData, writeSafetensors } from '../../src/index.js'
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

  it('refuse a file that holds something else', async () => {
    const path = join(temporaryFolder(), 'network.safetensors')
    await double.save(path)
    const { metadata } = await readSafetensors(path)
    const network = metadata.network!
    const contents: [Record<string, string>, string, TensorData][] = [
      [{}, 'weights', double.weights],
      [{ network: '{' }, 'weights', double.weights],
      [{ network: '{}' }, 'weights', double.weights],
      [{ network: network.replace('"dimension":6', '"dimension":7') }, 'weights', double.weights],
      [{ network: network.replace('smoothedRelu', 'tanh') }, 'weights', double.weights],
      [{ network }, 'velocity', double.weights],
      [{ network }, 'weights', new Int32Array(36)],
      [{ network }, 'weights', double.weights.with(7, Number.NaN)],
    ]
    for (const [facts, name, tensor] of contents) {
      const tensors = new Map([[name, { shape: [6, 6], data: tensor }]])
      await writeSafetensors(path, { tensors, metadata: facts })
      expect(await failure('INVALID_FILE', () => PatchNetwork.load(path))).toBe(
        `Expected ${path} to hold a patch network, got another or a damaged file.`,
      )
    }
  })
})
