import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  dense,
  LayeredNetwork,
  normalization,
  PatchNetwork,
  readNpz,
  readSafetensors,
  type Tensor,
  writeSafetensors,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { describeLayered, randomImageData, randomNetwork, trainableLayers } from '../helpers/layered-cases.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

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

  it('is the same as .npz', async () => {
    const { network, path } = await saved()
    const npz = path.replace('.safetensors', '.npz')
    await network.save(npz)
    expect(await readNpz(npz)).toEqual(await readSafetensors(path))
    expect(await LayeredNetwork.load(npz)).toEqual(network)
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
      "got a patch network: in a program PatchNetwork.load(path) reads it, evaluateRobustness measures it and its save('x.npz') writes it for others.",
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
