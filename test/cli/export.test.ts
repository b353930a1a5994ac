import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { LayeredNetwork, saveOnnx } from '../../src/index.js'
import { folderForCommands, linesOf, run, sentenceOf } from '../helpers/command-line.js'
import { describeLayered, randomImageData, randomNetwork, trainableLayers } from '../helpers/layered-cases.js'

const folder = folderForCommands()
const inFolder = (name: string) => join(folder, name)

describeLayered('export', () => {
  const network = () => randomNetwork(trainableLayers, randomImageData(1))

  it('writes the network as ONNX, and its tensors', async () => {
    const model = inFolder('weights.safetensors')
    await network().save(model)
    const to = (name: string, ...args: string[]) => run(['export', model, '--out', inFolder(name), ...args])
    expect(linesOf(await to('network.onnx'))).toEqual([inFolder('network.onnx')])
    await saveOnnx(network(), inFolder('same.onnx'))
    expect(readFileSync(inFolder('network.onnx')).equals(readFileSync(inFolder('same.onnx')))).toBe(true)
    const json = linesOf(await to('network.npz', '--json')).join('\n')
    expect(JSON.parse(json)).toEqual({ file: inFolder('network.npz') })
    expect(await LayeredNetwork.load(inFolder('network.npz'))).toEqual(network())
    expect(linesOf(await to('copy.safetensors'))).toEqual([inFolder('copy.safetensors')])
    expect(readFileSync(inFolder('copy.safetensors')).equals(readFileSync(model))).toBe(true)
  })

  it('takes an ending in capitals as the loaders do', async () => {
    const model = inFolder('small.safetensors')
    await network().save(model)
    for (const name of ['A.ONNX', 'A.NPZ', 'A.Safetensors'])
      expect(linesOf(await run(['export', model, '--out', inFolder(name)]))).toEqual([inFolder(name)])
    expect(await LayeredNetwork.load(inFolder('A.NPZ'))).toEqual(network())
    await saveOnnx(network(), inFolder('b.onnx'))
    expect(readFileSync(inFolder('A.ONNX')).equals(readFileSync(inFolder('b.onnx')))).toBe(true)
  })

  it('names what is wrong', async () => {
    const model = inFolder('other.safetensors')
    await network().save(model)
    expect(sentenceOf(await run(['export', model, '--out', inFolder('network.pt')]), 2)).toBe(
      `Expected \`--out\` to end in .onnx or .npz or .safetensors, got '${inFolder('network.pt')}'. [INVALID_ARGUMENT]`,
    )
    expect(existsSync(inFolder('network.pt'))).toBe(false)
    expect(sentenceOf(await run(['export', inFolder('none'), '--out', inFolder('a.onnx')]), 1)).toMatch(
      /found none\. \[FILE_NOT_FOUND\]$/,
    )
    expect(sentenceOf(await run(['export', model]), 2)).toMatch(/--out/)
  })
})
