import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { PNG } from 'pngjs'
import { expect, it } from 'vitest'
import {
  loadFeatures,
  loadImages,
  readSafetensors,
  saveImageDataset,
  subset,
  writeSafetensors,
} from '../../src/index.js'
import { linesOf, run, sentenceOf, start, waitFor } from '../helpers/command-line.js'
import { digest } from '../helpers/digest.js'
import { featuresCommands, few } from '../helpers/features-command.js'
import { describeLayered } from '../helpers/layered-cases.js'

describeLayered('features', () => {
  const { folder, model, features } = featuresCommands()

  it('makes one kind after the other in a folder, with a sheet of all beside the originals', async () => {
    const out = join(folder, 'kinds')
    const lines = linesOf(await run(features('kinds', 'robust', ...few)))
    expect(lines[0]).toMatch(/^mnist-robust: 20 images, mean distance [\d.]+ before and [\d.]+ after$/)
    expect(lines.slice(1)).toEqual([join(out, 'robust'), `${join(out, 'sheet.png')}: original, robust`])
    const ending = await run(features('kinds', 'targeted-next', '--radius', '2', '--json', ...few))
    const summary = JSON.parse(linesOf(ending).join('\n'))
    expect(summary).toMatchObject({
      name: 'mnist-targeted-next',
      images: 20,
      notFinite: 0,
      columns: ['original', 'robust', 'targeted-next'],
      construction: { radius: 2, norm: 'l2', steps: 5, seed: 0, source: { name: 'mnist', split: 'train' } },
    })
    const originals = subset(await loadImages('mnist', { split: 'train' }), { count: 20 })
    const { dataset } = await loadFeatures(join(out, 'targeted-next'))
    expect(dataset.labels).toEqual(originals.labels.map((label) => (label + 1) % 10))
    expect(dataset.provenance).toMatchObject({ split: 'train', official: false })
    const sheet = PNG.sync.read(readFileSync(join(out, 'sheet.png')))
    // A row for each class that the first 20 digits have.
    const rows = new Set(originals.labels).size
    // Beside a digit and under a head of two lines; `targeted-` is wider than an image, and has the new class below.
    expect([sheet.width, sheet.height]).toEqual([8 + 3 * 74 + 2, 28 + rows * 72 + 2])
    const show = ['data', 'show', join(out, 'robust'), '--out', join(out, 'robust.png'), '--json']
    const shown = JSON.parse(linesOf(await run(show)).join('\n'))
    expect(sentenceOf(await run(['data', 'show', out]), 1)).toBe(
      `Expected the images of one kind in ${out}, got a folder of robust (finished), targeted-next (finished); ` +
        `name the folder of one, such as ${join(out, 'robust')}. [FILE_NOT_FOUND]`,
    )
    expect(shown).toMatchObject({ dataSet: 'mnist-robust', split: 'train', file: join(out, 'robust.png') })
    const moved = ['data', 'show', join(out, 'targeted-next'), '--out', join(out, 'moved.png')]
    expect(linesOf(await run(moved))[0]).toMatch(
      /^rows, by the class that images were moved to: 0 \(\d+\), 1 /,
    )
    expect(shown.rowsBy).toBe('class')
    expect(shown.classes).toContainEqual({ title: '5', images: expect.any(Number) })
  })

  it('is shown in a file that is called like its folder, whatever its metadata say', async () => {
    linesOf(await run(features('named', 'robust', ...few)))
    const inside = join(folder, 'named', 'robust')
    const path = join(inside, 'features.safetensors')
    const { tensors, metadata } = await readSafetensors(path)
    const construction = JSON.parse(metadata.construction!)
    const evil = { ...construction, source: { ...construction.source, name: '../../elsewhere' } }
    await writeSafetensors(path, { tensors, metadata: { ...metadata, construction: JSON.stringify(evil) } })
    const shown = JSON.parse(linesOf(await run(['data', 'show', inside, '--json'])).join('\n'))
    expect(shown.file).toBe(join(process.cwd(), 'robust.png'))
    rmSync(shown.file)
  })

  it('is made of the images of a file', async () => {
    const own = subset(await loadImages('mnist', { split: 'test' }), { count: 15 })
    const file = join(folder, 'own.npz')
    await saveImageDataset({ ...own, name: 'own' }, file)
    const lines = linesOf(
      await run([...features('file', 'robust', ...few, '--images', '15'), '--data', file]),
    )
    expect(lines[0]).toMatch(/^own-robust: 15 images, /)
    const { construction, dataset } = await loadFeatures(join(folder, 'file', 'robust'))
    expect(construction.source).toMatchObject({ name: 'own', count: 15, classes: 10 })
    expect(dataset.labels).toEqual(own.labels)
  })

  it('says of targeted kinds that a radius in levels of 255 is too large', async () => {
    const flagOf = async (out: string, kind: string, ...more: string[]) => {
      const lines = linesOf(await run(features(out, kind, ...few, ...more)))
      return lines.filter((line) => line.startsWith('flag '))
    }
    expect(await flagOf('wide', 'targeted-next', '--norm', 'linf', '--radius', '8')).toEqual([
      'flag radius-too-large: Radius 8 (linf) turns any input into any other, for inputs lie in [0, 1]. A radius of ' +
        '8 levels of 255 is 8/255 = 0.0314. See docs/flags/radius-too-large.md.',
    ])
    // The diameter of 28 × 28 numbers is 28 in ℓ2.
    expect(await flagOf('far', 'targeted-next', '--radius', '28')).toEqual([])
    const json = linesOf(
      await run(features('further', 'targeted-random', ...few, '--radius', '29', '--json')),
    )
    expect(JSON.parse(json.join('\n')).flags).toMatchObject([{ name: 'radius-too-large', share: 1 }])
  })

  it('is data like any other, by its folder or the file in it', async () => {
    linesOf(await run(features('judged', 'robust', ...few)))
    const inside = join(folder, 'judged', 'robust')
    const quick = ['--radius', '0.1', '--steps', '1', '--restarts', '1']
    const [byFolder, byFile] = await Promise.all(
      [inside, join(inside, 'features.safetensors')].map((data) =>
        run(['evaluate', model, '--data', data, ...quick]).then(linesOf),
      ),
    )
    expect(byFolder).toEqual(byFile)
    expect(byFolder![0]).toBe(`${model} on 20 images of mnist-robust`)
    const again = await run([...features('again', 'robust', ...few), '--data', inside])
    expect(linesOf(again)[0]).toMatch(/^mnist-robust-robust: 20 images, /)
    const sheet = join(folder, 'judged.png')
    const show = ['data', 'show', join(inside, 'features.safetensors'), '--out', sheet, '--json']
    expect(JSON.parse(linesOf(await run(show)).join('\n'))).toMatchObject({ split: 'train' })
  })

  it('is continued by the same command, to the same images', async () => {
    const options = ['--images', '200', '--steps', '10', '--threads', '1']
    const command = start(features('interrupted', 'robust', ...options))
    const inside = join(folder, 'interrupted', 'robust')
    await waitFor(command, 'a first part', () => existsSync(join(inside, 'part-0.safetensors')))
    command.process.kill('SIGINT')
    const { code, stdout, stderr } = await command.ended
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain('Run the same command again to go on from here.')
    const shown = sentenceOf(await run(['data', 'show', inside]), 1)
    expect(shown).toMatch(
      /^Expected finished images in \S+, got an unfinished extraction, [1-9]\d* of 200 images done; the `features` command that began them goes on from there\. \[FILE_NOT_FOUND\]$/,
    )
    const whole = sentenceOf(await run(['data', 'show', join(folder, 'interrupted')]), 1)
    expect(whole).toMatch(
      /got a folder of robust \(an unfinished extraction, \d+ of 200 images done\); none is finished/,
    )
    const again = await run(features('interrupted', 'robust', ...options))
    linesOf(again)
    expect(again.stderr).toMatch(/^robust: resuming at image [1-9]\d* of 200\.$/m)
    const finished = await run(features('interrupted', 'robust', ...options))
    expect(finished.stderr).toMatch(/^robust: all 200 images are already there\.$/m)
    linesOf(await run(features('whole', 'robust', ...options, '--quiet')))
    const [resumed, entire] = await Promise.all(
      [inside, join(folder, 'whole', 'robust')].map((directory) => loadFeatures(directory)),
    )
    expect(digest([resumed!.dataset.images, resumed!.loss])).toBe(
      digest([entire!.dataset.images, entire!.loss]),
    )
    expect(readdirSync(inside).sort()).toEqual(['construction.json', 'features.safetensors'])
  })
})
