import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { featureExamples } from '../../src/experiments/feature-examples.js'
import { imageSet } from '../../src/experiments/image-sets.js'
import { trainedOnImages } from '../../src/experiments/trained-on-images.js'
import { transferability } from '../../src/experiments/transferability.js'
import { type ImageTransfer, imageTransfer } from '../../src/experiments/transferability-images.js'
import {
  TRANSFER_SOURCES,
  TRANSFER_TARGETS,
  type TransferTrial,
  transferResult,
} from '../../src/experiments/transferability-matrix.js'
import type { TransferTask } from '../../src/experiments/transferability-presets.js'
import { structuredTransfer } from '../../src/experiments/transferability-structured.js'
import {
  evaluateRobustness,
  ImageData,
  imageAttackSuite,
  LayeredNetwork,
  loadFeatures,
  type PatchData,
  PatchDistribution,
  PatchNetwork,
  pgd,
  subset,
} from '../../src/index.js'
import { digest } from '../helpers/digest.js'
import { contextFor } from '../helpers/experiments.js'
import { describeLayered, learnableImageData } from '../helpers/layered-cases.js'

vi.mock('../../src/experiments/image-sets.js', () => ({ imageSet: vi.fn() }))
vi.mock('../../src/experiments/transferability-matrix.js', async (importOriginal) => {
  const actual = await importOriginal<typeof import('../../src/experiments/transferability-matrix.js')>()
  return { ...actual, transferResult: vi.fn(actual.transferResult) }
})
vi.mock('../../src/features/extract-features.js', async (importOriginal) => {
  const actual = await importOriginal<typeof import('../../src/features/extract-features.js')>()
  const extractFeatures: typeof actual.extractFeatures = async (network, data, options) => {
    const set = await actual.extractFeatures(network, data, options)
    const lost = options.kind === 'robust' ? LOST : []
    return { ...set, notFinite: set.notFinite.map((flag, n) => (lost.includes(n) ? 1 : flag)) }
  }
  return { ...actual, extractFeatures }
})

/** Robust images that are said to have met a gradient that was not finite. */
const LOST = [0, 3]
const weights = 'weights.safetensors'

/** What the networks of each seed were shown. */
function trials<Data extends ImageData | PatchData>(): TransferTrial<Data>[] {
  return vi.mocked(transferResult).mock.calls.map(([trial]) => trial as unknown as TransferTrial<Data>)
}

/** Digests of a trial's examples of one radius; no two sources give the same, and each moves something. */
async function examplesOf<Data extends ImageData | PatchData>(
  trial: TransferTrial<Data>,
  radius: number,
): Promise<Record<string, string>> {
  const all: Record<string, string> = {}
  for (const source of TRANSFER_SOURCES) {
    const examples = await trial.examples(source, radius)
    expect(examples.some((value) => value !== 0)).toBe(true)
    all[source] = digest(examples)
  }
  expect(new Set(Object.values(all)).size).toBe(TRANSFER_SOURCES.length)
  return all
}

it('shows structured networks examples along the features, and those of the next seed’s networks', async () => {
  const preset = { ...transferability.presets.smoke.structured, radiusShares: [0.5, 1] }
  const context = contextFor(preset, [1, 2])
  await structuredTransfer(context)
  expect(trials().map(({ seed }) => seed)).toEqual([1, 2])
  for (const trial of trials<PatchData>()) {
    const { seed, data, targets, radii } = trial
    const load = (of: number, training: string) =>
      PatchNetwork.load(join(context.directory, `seed-${of}`, training, weights))
    const distribution = new PatchDistribution({ ...preset.distribution, seed })
    const test = await distribution.sample(preset.testSamples, { stream: 'test' })
    expect(digest(data.inputs())).toBe(digest(test.inputs()))
    expect(radii).toEqual([preset.radius / 2, preset.radius])
    for (const training of TRANSFER_TARGETS) {
      const expected = await (await load(seed, training)).evaluate(test)
      expect((await targets[training].evaluate(test)).margin).toEqual(expected.margin)
    }
    const found = async (training: string) => {
      const attacks = [0, 0.05].map((surrogateSlope) =>
        pgd({ radius: preset.radius, steps: preset.suite.steps, surrogateSlope }),
      )
      const options = { attacks, keepPerturbations: true }
      return digest((await evaluateRobustness(await load(3 - seed, training), test, options)).perturbations)
    }
    expect(await examplesOf(trial, preset.radius)).toEqual({
      'non-robust features': digest(featureExamples(distribution.nonRobustFeatures, test, preset.radius)),
      'robust features': digest(featureExamples(distribution.robustFeatures, test, preset.radius)),
      'standard network': await found('standard'),
      'adversarial network': await found('adversarial'),
    })
  }
})

describeLayered('transferability on images', () => {
  const [mnist] = transferability.presets.smoke.images as [TransferTask]
  const task: TransferTask = {
    ...mnist,
    trainingImages: 20,
    testImages: 20,
    batchSize: 5,
    learningRate: 0.005,
    sets: {
      ...mnist.sets,
      kinds: ['robust', 'non-robust'],
      matchedImages: 12,
      matchedSteps: 2,
      epochs: { matched: 2, targeted: 1 },
      ball: { norm: 'linf', radius: 0.3 },
    },
  }
  const sizes = { height: 28, width: 28, channels: 1, classes: 10 }
  const train = learnableImageData(1, { ...sizes, count: task.trainingImages })
  const test = learnableImageData(2, { ...sizes, count: task.testImages })
  const directory = mkdtempSync(join(tmpdir(), 'robust-features-'))
  const context = {
    directory,
    seeds: [1, 2],
    threads: 1,
    signal: new AbortController().signal,
    preset: {},
    report: () => {},
    note: () => {},
  }
  const folder = (seed: number, ...path: string[]) => join(directory, 'mnist', `seed-${seed}`, ...path)
  const load = (seed: number, name: string) => LayeredNetwork.load(folder(seed, name, weights))
  const parametersOf = (network: unknown) => digest((network as LayeredNetwork).parameters)
  let outcome: ImageTransfer

  beforeAll(async () => {
    vi.mocked(transferResult).mockClear()
    vi.mocked(imageSet).mockResolvedValue({ images: { train, test }, folder: 'mnist', flags: [] })
    outcome = await imageTransfer(context, task)
  })
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it('shows networks what those of the next seed give', async () => {
    expect(trials().map(({ seed }) => seed)).toEqual([1, 2])
    for (const trial of trials<ImageData>()) {
      const { seed, data, targets, radii } = trial
      expect(data).toBe(test)
      expect(radii).toEqual([task.radius])
      for (const training of TRANSFER_TARGETS)
        expect(parametersOf(targets[training])).toBe(parametersOf(await load(seed, training)))
      const found = async (name: string) => {
        const attacks = [pgd({ norm: 'linf', radius: task.radius, steps: task.steps })]
        const options = { attacks, keepPerturbations: true }
        return digest((await evaluateRobustness(await load(3 - seed, name), test, options)).perturbations)
      }
      expect(await examplesOf(trial, task.radius)).toEqual({
        'non-robust features': await found('on-non-robust'),
        'robust features': await found('on-robust'),
        'standard network': await found('standard'),
        'adversarial network': await found('adversarial'),
      })
    }
  })

  it('attacks networks of constructed sets by the suite, in the ball of the task', async () => {
    const pairs: [number, number][] = []
    for (const [position, { accuracies }] of outcome.sets.entries()) {
      for (const kind of ['robust', 'non-robust'] as const) {
        const { cleanAccuracy, robustAccuracy } = await evaluateRobustness(
          await load(position + 1, `on-${kind}`),
          test,
          {
            attacks: imageAttackSuite({ norm: 'linf', radius: 0.3, ...task.sets.suite }),
            seed: position + 1,
          },
        )
        expect(accuracies[kind]).toMatchObject({ clean: cleanAccuracy, robust: robustAccuracy })
        pairs.push([cleanAccuracy, robustAccuracy])
      }
    }
    expect(pairs).toHaveLength(4)
    // Else any ball would do.
    expect(pairs.some(([clean, robust]) => robust < clean)).toBe(true)
  })

  it('trains on the images of a set but for those that are not finite, and flags these', async () => {
    expect(outcome.flags.filter(({ name }) => name === 'images-not-finite')).toMatchObject(
      [1, 2].map((seed) => ({
        where: `mnist/seed-${seed}/sets/robust`,
        message: expect.stringContaining('2 of 12 images'),
      })),
    )
    for (const kind of ['robust', 'non-robust'] as const) {
      const { dataset } = await loadFeatures(folder(1, 'sets', kind))
      const indices = [...dataset.labels.keys()].filter((n) => kind !== 'robust' || !LOST.includes(n))
      const { network } = await trainedOnImages(
        context,
        {
          task: { ...task, trainingImages: indices.length, trainingEpochs: { standard: 2, adversarial: 0 } },
          images: { train: ImageData.fromImages(subset(dataset, { indices })), test },
          seed: 1_000_001,
          training: 'standard',
          where: `again/${kind}`,
        },
        undefined,
        () => {},
      )
      expect(parametersOf(network)).toBe(parametersOf(await load(1, `on-${kind}`)))
    }
  })
})
