import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runConfiguredTraining } from '../../src/experiments/configured-training.js'
import { ImageData, LayeredNetwork, loadImages } from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { describeLayered } from '../helpers/layered-cases.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

const pgd = { kind: 'pgd', norm: 'linf', radius: 0.1, steps: 2, randomStart: true } as const
const config = {
  data: { kind: 'images', set: 'mnist', trainingImages: 40, testImages: 10 },
  network: { kind: 'smallCnn' },
  objective: { kind: 'adversarial', attacks: [pgd] },
  training: { learningRate: 0.001, epochs: 2, batchSize: 20, optimizer: { kind: 'adam' } },
}
const changed = (part: keyof typeof config, fields: object) => ({
  ...config,
  [part]: { ...config[part], ...fields },
})

function run(given: unknown, { directory = temporaryFolder(), threads = 1, notes = [] as string[] } = {}) {
  return runConfiguredTraining(given, {
    directory,
    threads,
    signal: new AbortController().signal,
    reporter: { progress: () => {}, note: (message) => notes.push(message) },
  })
}

describeLayered('a configured training on images', () => {
  it('leaves a run folder whose network gives the summary again, the same for any threads', async () => {
    const evaluation = { attacks: [{ ...pgd, randomStart: false }] }
    const { directory, summary } = await run({ ...config, evaluation })
    expect(readdirSync(directory).toSorted()).toEqual([
      'checkpoint.safetensors',
      'config.json',
      'environment.json',
      'history.csv',
      'history.jsonl',
      'summary.json',
      'timings.json',
      'weights.safetensors',
    ])
    expect(JSON.parse(readFileSync(join(directory, 'summary.json'), 'utf8'))).toEqual(summary)
    const network = await LayeredNetwork.load(join(directory, 'weights.safetensors'))
    const images = ImageData.fromImages(await loadImages('mnist', { split: 'test' }))
    const test = images.select(Array.from({ length: 10 }, (_, n) => n))
    expect(summary).toMatchObject({
      testSamples: 10,
      testAccuracy: (await network.evaluate(test)).accuracy,
      threat: { norm: 'linf', radius: 0.1, budget: 'input', bounds: [0, 1] },
    })
    const other = await run({ ...config, evaluation }, { threads: 3 })
    expect(other.summary).toEqual(summary)
    const weights = (folder: string) => readFileSync(join(folder, 'weights.safetensors'))
    expect(weights(other.directory)).toEqual(weights(directory))
  })

  it('is attacked by the suite where nothing else is said, not at all after standard training, and once', async () => {
    const short = { ...changed('training', { epochs: 1 }), data: { ...config.data, testImages: 3 } }
    const directory = temporaryFolder()
    const { summary } = await run(short, { directory })
    expect(summary.attacks).toHaveLength(2)
    const notes: string[] = []
    expect((await run(short, { directory, notes })).summary).toEqual(summary)
    expect(notes).toEqual([expect.stringContaining('already finished')])
    const standard = await run({ ...short, objective: { kind: 'standard' } })
    expect(standard.summary).not.toHaveProperty('robustAccuracy')
  })

  it('says what is wrong before there is a folder', async () => {
    const directory = temporaryFolder()
    const refused = (given: unknown) => failure('INVALID_ARGUMENT', () => run(given, { directory }))
    expect(await refused(changed('data', { set: 'imagenet' }))).toContain('`data.set`')
    expect(await refused(changed('network', { kind: 'resnet9' }))).toContain('`network.kind`')
    expect(await refused(changed('training', { optimizer: { kind: 'adam', beta1: 1 } }))).toContain('beta1')
    const aligned = { attacks: [{ kind: 'featureAligned', radius: 0.1 }] }
    expect(await refused(changed('objective', aligned))).toContain('features are unknown')
    expect(await refused(changed('objective', { attacks: [{ ...pgd, bounds: [0, 2] }] }))).toContain('[0, 1]')
    expect(await refused(changed('network', { normalization: { mean: [0], deviation: [0] } }))).toContain(
      'deviation',
    )
    await failure('UNKNOWN_OPTION', () => run(changed('training', { epoch: 3 }), { directory }))
    const absent = changed('data', { directory: temporaryFolder() })
    expect(await failure('FILE_NOT_FOUND', () => run(absent, { directory }))).toContain('data fetch mnist')
    expect(readdirSync(directory)).toEqual([])
  })
})
