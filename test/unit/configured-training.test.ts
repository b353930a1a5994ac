import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ConfigFiles } from '../../src/experiments/config-files.js'
import { runConfiguredTraining } from '../../src/experiments/configured-training.js'
import type { TrainingConfig } from '../../src/experiments/training-config.js'
import { evaluateRobustness, featureAligned, PatchDistribution, PatchNetwork, pgd } from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'
import { tinyTraining } from '../helpers/training-config.js'

const data = {
  ...tinyTraining.data,
  nonRobustStrength: { low: 0.4, high: 0.6 },
  noise: 1,
  samples: 20,
  testSamples: 60,
}
const config: TrainingConfig = {
  data,
  network: { filtersPerClass: 2, initialScale: 0.3 },
  training: { learningRate: 0.1, iterations: 20 },
  seed: 4,
}

function run(given: unknown, directory = temporaryFolder(), notes: string[] = []) {
  return runConfiguredTraining(given, {
    directory,
    files: new ConfigFiles('.'),
    threads: 1,
    signal: new AbortController().signal,
    reporter: { progress: () => {}, note: (message) => notes.push(message) },
  })
}

describe('a configured training', () => {
  it('leaves a run folder whose network gives the summary again', async () => {
    const attacks = [
      { kind: 'pgd', radius: 0.2, steps: 3 },
      { kind: 'featureAligned', radius: 0.2 },
    ] as const
    const { directory, summary } = await run({ ...config, evaluation: { attacks: [...attacks] } })
    expect(readdirSync(directory).toSorted()).toEqual([
      'checkpoint.safetensors',
      'coefficients.safetensors',
      'config.json',
      'environment.json',
      'history.csv',
      'history.jsonl',
      'summary.json',
      'timings.json',
      'weights.safetensors',
    ])
    expect(JSON.parse(readFileSync(join(directory, 'summary.json'), 'utf8'))).toEqual(summary)
    const { kind: _, samples: __, testSamples, ...distributionOptions } = data
    const distribution = new PatchDistribution({ ...distributionOptions, seed: 4 })
    const test = await distribution.sample(testSamples, { stream: 'test' })
    const network = await PatchNetwork.load(join(directory, 'weights.safetensors'))
    const { cleanAccuracy, robustAccuracy, outcomes } = await evaluateRobustness(network, test, {
      attacks: [pgd({ radius: 0.2, steps: 3 }), featureAligned(distribution, { radius: 0.2 })],
      seed: 4,
    })
    // Other samples would have other accuracies: these are neither 0 nor 1.
    expect(robustAccuracy).toBeGreaterThan(0)
    expect(cleanAccuracy).toBeLessThan(1)
    expect(summary).toMatchObject({
      testSamples: 60,
      testAccuracy: cleanAccuracy,
      robustAccuracy,
      attacks: outcomes.map(({ name, accuracy }) => ({ name, accuracy })),
    })
  })

  it('is evaluated in the threat model it was trained in, and not at all after standard training', async () => {
    expect((await run(config)).summary).not.toHaveProperty('robustAccuracy')
    const objective = { kind: 'adversarial', attacks: [{ kind: 'oneStep', radius: 0.1, norm: 'linf' }] }
    const { summary } = await run({ ...config, objective })
    expect(summary).toMatchObject({ threat: { norm: 'linf', radius: 0.1, budget: 'patch' } })
    expect(summary.attacks).toHaveLength(5)
  })

  it('is certified where that is asked for, with the effort given', async () => {
    const objective = { kind: 'adversarial', attacks: [{ kind: 'oneStep', radius: 0.05 }] }
    const certified = async (certify: unknown) =>
      (await run({ ...config, objective, evaluation: { certify } })).summary
    const summary = await certified(true)
    expect(summary.attacks).toHaveLength(5)
    expect(summary.certifiedAccuracy).toBeGreaterThan(0)
    expect(Number(summary.certifiedAccuracy)).toBeLessThanOrEqual(Number(summary.robustAccuracy))
    const first = Number((await certified({ effort: 0 })).certifiedAccuracy)
    expect(first).toBeLessThanOrEqual(Number(summary.certifiedAccuracy))
    expect(await certified(false)).not.toHaveProperty('certifiedAccuracy')
  })

  it.each<[object, RegExp]>([
    [{ evaluation: { certify: 'yes' } }, /^Expected `evaluation.certify` to be true, false or `{ effort }`/],
    [{ evaluation: { certify: { effort: -1 } } }, /^Expected `evaluation.certify.effort` to be an integer/],
    [{ evaluation: { certify: true } }, /^Expected `evaluation.attacks` to state what to certify against/],
    [
      {
        data: { kind: 'mnist', trainingImages: 10, testImages: 10, window: 14, stride: 7 },
        evaluation: { certify: true, attacks: [{ kind: 'pgd', radius: 0.1 }] },
      },
      /^Expected `data.stride` to be at least `data.window` for a certificate, got 7 and 14\.$/,
    ],
  ])('refuses a certificate it cannot give, %#', async (changes, message) => {
    const folder = temporaryFolder()
    expect(await failure('INVALID_ARGUMENT', () => run({ ...config, ...changes }, folder))).toMatch(message)
    expect(readdirSync(folder)).toEqual([])
  })

  it('that is finished is read, not run again', async () => {
    const folder = temporaryFolder()
    const first = await run(config, folder)
    const notes: string[] = []
    expect(await run(config, folder, notes)).toEqual(first)
    expect(notes).toEqual([`train: already finished in ${first.directory}.`])
  })

  it('has one folder per configuration, however it is written', async () => {
    const folder = temporaryFolder()
    const { directory } = await run(config, folder)
    const { network, training } = config
    const written = { ...training, momentum: 0 }
    const reordered = { seed: 4, training: written, objective: { kind: 'standard' }, network, data }
    expect((await run(reordered, folder)).directory).toBe(directory)
    expect((await run({ ...config, seed: 5 }, folder)).directory).not.toBe(directory)
  })

  it.each<[object, string]>([
    [{ data: { ...data, dimension: 3 } }, 'dimension'],
    [{ data: { ...data, kind: 'patches' } }, 'data.kind'],
    [{ training: { learningRate: -1, iterations: 1 } }, 'training.learningRate'],
    [{ training: { learningRate: 1, iterations: 1e9 } }, 'training.iterations'],
    [{ training: { learningRate: { schedule: 'cosin' }, iterations: 1 } }, 'training.learningRate.schedule'],
    [{ objective: { kind: 'adversarial', attacks: [] } }, 'objective.attacks'],
    [{ evaluation: { attacks: [{ kind: 'pgd', radius: -1 }] } }, 'evaluation.attacks[0].radius'],
    [{ evaluation: { attacks: [{ kind: 'pgd', radius: 1, stepSize: 1, relativeStepSize: 1 }] } }, 'stepSize'],
    [{ network: { filtersPerClass: 1, activation: { kind: 'gelu' } } }, 'network.activation.kind'],
  ])('%# that is wrong is refused and leaves nothing', async (changes, name) => {
    const folder = temporaryFolder()
    const message = await failure('INVALID_ARGUMENT', () => run({ ...config, ...changes }, folder))
    expect(message).toContain(`Expected \`${name}\` to be`)
    expect(readdirSync(folder)).toEqual([])
  })

  it('says of a misspelled kind of data what there is, for patches and for images', async () => {
    const message = await failure('INVALID_ARGUMENT', () =>
      run({ ...config, data: { ...data, kind: 'image' } }),
    )
    expect(message).toBe(
      "Expected `data.kind` to be one of 'patchDistribution', 'mnist', 'images', got 'image'; did you mean 'images'?",
    )
  })

  it.each([null, 'text', 7, []])('is not %j', async (given) => {
    expect(await failure('INVALID_ARGUMENT', () => run(given))).toContain('Expected `config` to be an object')
  })
})
