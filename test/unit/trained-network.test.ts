import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { trainedNetwork } from '../../src/experiments/trained-network.js'
import { standard } from '../../src/index.js'
import { smallDistribution, smallNetwork } from '../helpers/library-cases.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const data = await smallDistribution().sample(24)

async function trained(directory: string) {
  const notes: string[] = []
  const context = {
    directory,
    threads: 1,
    signal: new AbortController().signal,
    note: (text: string) => notes.push(text),
  }
  const options = { learningRate: 0.05, iterations: 7, batchSize: 8, seed: 2, snapshots: { every: 3 } }
  const training = {
    name: 'seed-1',
    network: smallNetwork(),
    data,
    objective: standard(),
    options,
    recordEvery: 2,
  }
  const { network, history, snapshots } = await trainedNetwork(context, training, () => undefined)
  return { result: { network, history, snapshots }, notes }
}

it('a finished training with snapshots is read, with or without its checkpoints', async () => {
  const directory = temporaryFolder()
  const { result } = await trained(directory)
  expect(result.snapshots.map(({ iteration }) => iteration)).toEqual([0, 3, 6, 7])
  for (const name of ['checkpoint.safetensors', 'checkpoint.previous.safetensors'])
    rmSync(join(directory, 'seed-1', name), { force: true })
  const history = join(directory, 'seed-1', 'history.jsonl')
  const before = readFileSync(history, 'utf8')
  expect(await trained(directory)).toEqual({ result, notes: [] })
  expect(readFileSync(history, 'utf8')).toBe(before)
})

it('a finished training without one of its snapshots makes it anew, and says so', async () => {
  const directory = temporaryFolder()
  const { result } = await trained(directory)
  const path = join(directory, 'seed-1', 'snapshots', '3.safetensors')
  for (const spoil of [() => rmSync(path), () => writeFileSync(path, 'damaged')]) {
    spoil()
    const again = await trained(directory)
    expect(again.result).toEqual(result)
    expect(again.notes[0]).toContain('seed-1: making snapshots of the finished training anew: Expected')
    expect((await trained(directory)).notes).toEqual([])
  }
})
