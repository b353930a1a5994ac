import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import {
  dense,
  extractFeatures,
  type FeatureSet,
  ImageData,
  loadFeatures,
  loadImageDataset,
  readSafetensors,
  writeSafetensors,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import {
  all,
  bits,
  COUNT,
  extract,
  networkFor,
  originals,
  robust,
  targeted,
} from '../helpers/extraction-cases.js'
import { describeLayered, randomNetwork, trainableLayers } from '../helpers/layered-cases.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

describeLayered('an extraction that is interrupted', () => {
  it.each(Object.values(all))('ends in the same images as one that is not: %o', async (options) => {
    const directory = temporaryFolder()
    const controller = new AbortController()
    const message = await failure('ABORTED', () =>
      extract({
        ...options,
        threads: 1,
        directory,
        signal: controller.signal,
        onProgress: () => controller.abort(),
      }),
    )
    expect(message).toBe('The operation was aborted.')
    expect(readdirSync(directory).sort()).toEqual(['construction.json', 'part-0.safetensors'])
    expect(await failure('FILE_NOT_FOUND', () => loadImageDataset(directory))).toContain(
      `got an unfinished extraction, 32 of ${COUNT} images done`,
    )
    const progress: number[] = []
    // Other threads take up what one has begun.
    const resumed = await extract({
      ...options,
      threads: 3,
      directory,
      onProgress: (done) => progress.push(done),
    })
    expect(progress[0]).toBe(32)
    expect(progress.at(-1)).toBe(COUNT)
    expect(bits(resumed)).toBe(bits(await extract(options)))
    expect(readdirSync(directory).sort()).toEqual(['construction.json', 'features.safetensors'])
    const loaded = await loadFeatures(directory)
    expect(loaded).toEqual(resumed)
    // A finished one is not made again.
    expect(await extract({ ...options, directory })).toEqual(resumed)
  })

  it('has work for every thread in its first part', async () => {
    for (const [threads, first] of [
      [1, 32],
      [2, 64],
      [3, COUNT],
    ]) {
      const progress: number[] = []
      await extract({ ...targeted, threads, onProgress: (done) => progress.push(done) })
      expect(progress[0]).toBe(first)
    }
  })

  it('makes a damaged part anew', async () => {
    const directory = temporaryFolder()
    const controller = new AbortController()
    const options = { ...robust, directory }
    await failure('ABORTED', () =>
      extract({ ...options, threads: 1, signal: controller.signal, onProgress: () => controller.abort() }),
    )
    const part = join(directory, 'part-0.safetensors')
    const kept = readFileSync(part)
    truncateSync(part, 1000)
    expect(bits(await extract(options))).toBe(bits(await extract(robust)))
    // A flipped bit leaves tensors that would fit.
    const other = temporaryFolder()
    copyFileSync(join(directory, 'construction.json'), join(other, 'construction.json'))
    const at = kept.length - 5000
    writeFileSync(join(other, 'part-0.safetensors'), kept.with(at, kept[at]! ^ 1))
    expect(bits(await extract({ ...robust, directory: other }))).toBe(bits(await extract(robust)))
  })

  it('leaves no parts once it is finished, and tells where they cannot be removed', async () => {
    const directory = temporaryFolder()
    const options = { ...robust, directory }
    const set = await extract(options)
    // As an interruption leaves it between the last write and the removal.
    writeFileSync(join(directory, 'part-0.safetensors'), '')
    expect(await extract(options)).toEqual(set)
    expect(readdirSync(directory).sort()).toEqual(['construction.json', 'features.safetensors'])
    mkdirSync(join(directory, 'part-32.safetensors'))
    expect(await failure('WRITE_FAILED', () => extract(options))).toContain(
      `Expected ${join(directory, 'part-32.safetensors')} to be writable`,
    )
  })
})

describeLayered('a constructed set in a folder', () => {
  it('keeps what its source tells', async () => {
    const directory = temporaryFolder()
    const source = {
      ...originals,
      provenance: { split: 'test', directory: '/elsewhere', official: true, licence: 'MIT' } as const,
    }
    await extract({ ...robust, directory }, source)
    const { dataset, construction } = await loadFeatures(directory)
    expect(dataset.provenance).toEqual({ split: 'test', directory, official: false, licence: 'MIT' })
    expect(construction.source).toMatchObject({ name: 'random', split: 'test', count: COUNT, classes: 3 })
    const path = join(temporaryFolder(), 'network.safetensors')
    await networkFor(originals).save(path)
    const { createHash } = await import('node:crypto')
    expect(construction.network).toBe(createHash('sha256').update(readFileSync(path)).digest('hex'))
  })

  it('is made by one call at a time', async () => {
    const directory = temporaryFolder()
    let first: Promise<FeatureSet> | undefined
    await new Promise<void>((onPart) => {
      first = extract({ ...robust, directory, threads: 1, onProgress: () => onPart() })
    })
    await failure('RUN_FOLDER_IN_USE', () => extract({ ...robust, directory }))
    expect(bits(await first!)).toBe(bits(await extract(robust)))
    expect(readdirSync(directory).toSorted()).toEqual(['construction.json', 'features.safetensors'])
  })

  it('is not mixed with another', async () => {
    const directory = temporaryFolder()
    await extract({ ...robust, directory })
    const message = await failure('INVALID_ARGUMENT', () => extract({ ...robust, seed: 2, directory }))
    expect(message).toBe(
      `Expected ${directory} to hold images made with \`seed\` 2, got 0; choose another folder.`,
    )
    // Nor without the file that says so, or where it is another's.
    const kept = readFileSync(join(directory, 'features.safetensors'))
    rmSync(join(directory, 'construction.json'))
    await failure('INVALID_ARGUMENT', () => extract({ ...robust, seed: 2, directory }))
    expect((await extract({ ...robust, directory })).dataset.count).toBe(COUNT)
    writeFileSync(join(directory, 'construction.json'), '{"kind"')
    expect(await failure('INVALID_FILE', () => extract({ ...robust, directory }))).toContain('the JSON of a')
    const other = temporaryFolder()
    await extract({ ...robust, seed: 2, directory: other })
    copyFileSync(join(other, 'construction.json'), join(directory, 'construction.json'))
    await failure('INVALID_ARGUMENT', () => extract({ ...robust, seed: 2, directory }))
    expect(readFileSync(join(directory, 'features.safetensors'))).toEqual(kept)
  })

  it('is not mixed with one whose labels are counted on over more classes', async () => {
    const directory = temporaryFolder()
    const network = randomNetwork(
      [...trainableLayers.slice(0, -1), dense({ units: 4 })],
      ImageData.fromImages({ ...originals, classes: 4 }),
    )
    const { dataset } = await extractFeatures(network, originals, { ...targeted, directory })
    const more = { ...originals, classes: 4 }
    await failure('INVALID_ARGUMENT', () => extractFeatures(network, more, { ...targeted, directory }))
    const elsewhere = await extractFeatures(network, more, targeted)
    expect(elsewhere.dataset.labels).not.toEqual(dataset.labels)
  })

  it('is a file of a data set too, whose SHA-256 is compared', async () => {
    const directory = temporaryFolder()
    const { dataset } = await extract({ ...robust, directory })
    const path = join(directory, 'features.safetensors')
    expect(await loadImageDataset(path)).toEqual(dataset)
    expect(await loadImageDataset(directory)).toEqual(dataset)
    const { tensors, metadata } = await readSafetensors(path)
    const images = tensors.get('images')!
    const dark = { ...images, data: new Uint8Array(images.data.length) }
    await writeSafetensors(path, { tensors: new Map([...tensors, ['images', dark]]), metadata })
    expect(await failure('INVALID_FILE', () => loadImageDataset(path))).toMatch(/images of SHA-256/)
  })

  it('is refused when damaged', async () => {
    const directory = temporaryFolder()
    await failure('FILE_NOT_FOUND', () => loadFeatures(directory))
    await extract({ ...robust, directory })
    const path = join(directory, 'features.safetensors')
    const intact = readFileSync(path)
    const at = intact.length - 5000
    writeFileSync(path, intact.with(at, intact[at]! ^ 1))
    expect(await failure('INVALID_FILE', () => loadFeatures(directory))).toMatch(/images of SHA-256/)
    writeFileSync(path, intact.subarray(0, at))
    await failure('INVALID_FILE', () => loadFeatures(directory))
    await networkFor(originals).save(path)
    expect(await failure('INVALID_FILE', () => loadFeatures(directory))).toContain('does not describe one')
    // What is damaged is made anew.
    expect((await extract({ ...robust, directory })).dataset.count).toBe(COUNT)
  })
})
