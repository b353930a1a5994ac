import { mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { contentChecksum } from '../../src/data/content-checksum.js'
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors.js'
import type { Tensor } from '../../src/data/tensor-content.js'
import type { FloatArray } from '../../src/native/contract.js'
import { type Checkpoint, CheckpointStore } from '../../src/training/checkpoint-store.js'
import { failure } from '../helpers/errors.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const names = ['weights', 'velocity']

function tensors(weights: FloatArray, velocity: FloatArray): Map<string, Tensor> {
  return new Map([
    ['weights', { shape: [2, weights.length / 2], data: weights }],
    ['velocity', { shape: [velocity.length], data: velocity }],
  ])
}

function checkpointAt(iteration: number): Checkpoint {
  return {
    iteration,
    tensors: tensors(
      Float32Array.from({ length: 6 }, (_, index) => iteration + index / 10),
      Float32Array.from({ length: 6 }, (_, index) => -iteration * index),
    ),
    metadata: { status: 'running' },
  }
}

function setUp(configHash = 'abc') {
  const directory = temporaryFolder()
  return {
    directory,
    newest: join(directory, 'checkpoint.safetensors'),
    previous: join(directory, 'checkpoint.previous.safetensors'),
    store: new CheckpointStore({ directory, configHash, names }),
  }
}

const halve = (path: string) => truncateSync(path, Math.floor(readFileSync(path).length / 2))

type Facts = Readonly<Record<string, string>>
type Tensors = ReadonlyMap<string, Tensor>

/** Writes other content of the right checksum into a checkpoint. */
async function rewrite(
  path: string,
  change: (facts: Facts, tensors: Tensors) => { facts: Facts; tensors: Tensors },
): Promise<void> {
  const { metadata, tensors: old } = await readSafetensors(path)
  const { sha256: _, ...before } = metadata
  const { facts, tensors } = change(before, old)
  const sha256 = contentChecksum(facts, tensors)
  await writeSafetensors(path, { tensors, metadata: { ...facts, sha256 } })
}

describe('CheckpointStore', () => {
  it('finds nothing in an empty folder', async () => {
    expect(await setUp().store.loadLatest()).toEqual({ checkpoint: undefined, warning: undefined })
  })

  it('returns what was saved last and keeps two files', async () => {
    const { directory, store } = setUp()
    for (const iteration of [0, 10, 20]) {
      await store.save(checkpointAt(iteration))
      expect(await store.loadLatest()).toEqual({ checkpoint: checkpointAt(iteration), warning: undefined })
    }
    expect(readdirSync(directory).sort()).toEqual([
      'checkpoint.previous.safetensors',
      'checkpoint.safetensors',
    ])
  })

  it('keeps the precision', async () => {
    const { store } = setUp()
    const doubles = { iteration: 1, tensors: tensors(Float64Array.of(0.1, 2), Float64Array.of(1e-300)) }
    await store.save(doubles)
    expect((await store.loadLatest()).checkpoint).toEqual({ ...doubles, metadata: {} })
  })

  it('falls back to the previous checkpoint when the newest is cut in half, and says so', async () => {
    const { newest, store } = setUp()
    await store.save(checkpointAt(10))
    await store.save(checkpointAt(20))
    halve(newest)
    const { checkpoint, warning } = await store.loadLatest()
    expect(checkpoint).toEqual(checkpointAt(10))
    expect(warning).toMatch(
      /checkpoint\.safetensors is damaged \(.*truncated\).*previous one at iteration 10\.$/,
    )
    expect(warning).not.toContain('\n')
  })

  it('does not let a damaged checkpoint push out the intact previous one', async () => {
    const { newest, previous, store } = setUp()
    await store.save(checkpointAt(10))
    await store.save(checkpointAt(20))
    halve(newest)
    await store.loadLatest()
    const kept = readFileSync(previous)
    await store.save(checkpointAt(15))
    expect(readFileSync(previous)).toEqual(kept)
    expect((await store.loadLatest()).checkpoint?.iteration).toBe(15)
  })

  it('uses the previous checkpoint without a warning when a run died between renaming and writing', async () => {
    const { directory, store } = setUp()
    await store.save(checkpointAt(10))
    await store.save(checkpointAt(20))
    const bytes = readFileSync(join(directory, 'checkpoint.safetensors'))
    const other = setUp()
    writeFileSync(other.previous, bytes)
    expect(await other.store.loadLatest()).toEqual({ checkpoint: checkpointAt(20), warning: undefined })
  })

  it('reports that no intact checkpoint is left', async () => {
    const { newest, previous, store } = setUp()
    await store.save(checkpointAt(10))
    await store.save(checkpointAt(20))
    halve(newest)
    halve(previous)
    const { checkpoint, warning } = await store.loadLatest()
    expect(checkpoint).toBeUndefined()
    expect(warning).toContain('no other is left, so training starts anew.')
  })

  it('notices any flipped bit', async () => {
    const { newest, store } = setUp()
    await store.save(checkpointAt(10))
    const bytes = readFileSync(newest)
    for (let bit = 0; bit < bytes.length * 8; bit += 3) {
      const flipped = Uint8Array.from(bytes)
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      writeFileSync(newest, flipped)
      const { checkpoint, warning } = await store.loadLatest()
      expect({ bit, checkpoint, damaged: warning?.includes('is damaged') }).toEqual({
        bit,
        checkpoint: undefined,
        damaged: true,
      })
    }
  })

  it('takes another safetensors file for damaged', async () => {
    const { newest, store } = setUp()
    await writeSafetensors(newest, {
      tensors: new Map([['weights', { shape: [1], data: Float32Array.of(1) }]]),
    })
    expect((await store.loadLatest()).warning).toContain('a checkpoint with weights and velocity')
  })

  it('refuses one of another version, and leaves it and the previous one as they are', async () => {
    const { newest, previous, store } = setUp()
    await store.save(checkpointAt(10))
    await store.save(checkpointAt(20))
    await rewrite(newest, ({ iteration = '', configHash = '' }) => ({
      facts: { version: '2', iteration, configHash },
      tensors: new Map([['everything', { shape: [1], data: Float32Array.of(1) }]]),
    }))
    const files = [newest, previous].map((path) => readFileSync(path))
    expect(await failure('INVALID_FILE', () => store.loadLatest())).toBe(
      `Expected ${newest} to be a checkpoint of version 1, got one of version 2.`,
    )
    expect([newest, previous].map((path) => readFileSync(path))).toEqual(files)
  })

  it('takes one without a version for damaged', async () => {
    const { newest, store } = setUp()
    await store.save(checkpointAt(10))
    await store.save(checkpointAt(20))
    await rewrite(newest, ({ version, ...facts }, tensors) => {
      expect(version).toBe('1')
      return { facts, tensors }
    })
    const { checkpoint, warning } = await store.loadLatest()
    expect(checkpoint).toEqual(checkpointAt(10))
    expect(warning).toContain('another safetensors file')
  })

  it('refuses a checkpoint of another configuration', async () => {
    const { directory, store } = setUp('abc')
    await store.save(checkpointAt(10))
    const other = new CheckpointStore({ directory, configHash: 'def', names })
    expect(await failure('INVALID_ARGUMENT', () => other.loadLatest())).toBe(
      'Expected `checkpoint.directory` to hold a checkpoint of the same network, data and options, got that of ' +
        `another training in ${join(directory, 'checkpoint.safetensors')}; choose another folder, or go back to ` +
        'its options.',
    )
  })

  it('refuses arrays that do not fit', async () => {
    const { directory, store } = setUp()
    const save = (change: object) =>
      failure('INVALID_ARGUMENT', () => store.save({ ...checkpointAt(1), ...change }))
    const short = new Map([
      ...checkpointAt(1).tensors,
      ['velocity', { shape: [7], data: new Float32Array(6) }],
    ])
    expect(await save({ tensors: short })).toContain('of product 6')
    expect(await save({ tensors: new Map() })).toContain('weights and velocity')
    expect(await save({ iteration: -1 })).toContain('`iteration`')
    expect(await save({ metadata: { sha256: '' } })).toContain('got `sha256`')
    expect(readdirSync(directory)).toEqual([])
  })

  it('keeps the earlier checkpoint when it cannot write', async () => {
    const { newest, store } = setUp()
    await store.save(checkpointAt(10))
    await store.save(checkpointAt(20))
    rmSync(newest)
    mkdirSync(newest)
    expect(await failure('WRITE_FAILED', () => store.save(checkpointAt(30)))).toMatch(
      /to be writable, got E[A-Z]+/,
    )
    const { checkpoint, warning } = await store.loadLatest()
    expect(checkpoint).toEqual(checkpointAt(10))
    expect(warning).toContain('Expected a regular file')
  })
})
