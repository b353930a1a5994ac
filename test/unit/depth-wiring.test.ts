import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { fitLinearProbe, probeAccuracy } from '../../src/analysis/linear-probe.js'
import { imageAttack } from '../../src/attacks/image-attack.js'
import { imageNetworks } from '../../src/experiments/depth/image-networks.js'
import { patchDepthResult, robustShare } from '../../src/experiments/depth/patch-depth.js'
import { patchCode, patchImages } from '../../src/experiments/depth/patch-images.js'
import { type PerturbedImages, stageValues } from '../../src/experiments/depth/stage-values.js'
import { depthPresets } from '../../src/experiments/depth-presets.js'
import { firstImages } from '../../src/experiments/image-curves.js'
import { imageSet } from '../../src/experiments/image-sets.js'
import {
  evaluateRobustness,
  extractFeatures,
  ImageData as Images,
  LayeredNetwork,
  PatchDistribution,
  pgd,
} from '../../src/index.js'
import { contextFor } from '../helpers/experiments.js'
import { describeLayered } from '../helpers/layered-cases.js'

const { patches, tasks } = depthPresets.smoke
const task = {
  ...tasks[0]!,
  trainingImages: 200,
  testImages: 40,
  batchSize: 10,
  probe: { images: 60, ridge: 0.1, attackSteps: 2 },
  features: { ...tasks[0]!.features, images: 40, steps: 3 },
}

describeLayered('what depth measures', () => {
  it('is what its saved networks and the images of the next seed give again', async () => {
    const context = contextFor(task, [1, 2])
    await imageNetworks(context)
    const images = (await imageSet(context, task)).images!
    const { steps, stepSize, start } = task.features
    const load = (seed: number, training: string) =>
      LayeredNetwork.load(join(context.directory, `mnist/seed-${seed}/${training}/weights.safetensors`))
    /** By the first stage's probe, fitted to clean training images. */
    const probed = async (network: LayeredNetwork, judged: PerturbedImages) => {
      const fit = await stageValues(network, '4', { data: firstImages(images.train, 60) }, {})
      return probeAccuracy(
        fitLinearProbe(fit, { classes: 10, ridge: 0.1 }),
        await stageValues(network, '4', judged, {}),
      )
    }
    const constructed = async (kind: 'robust' | 'non-robust', seed: number, maker: string) => {
      const originals = firstImages(images.test, 40)
      const options = { kind, seed, steps, stepSize, start }
      return Images.fromImages((await extractFeatures(await load(seed, maker), originals, options)).dataset)
    }
    for (const [seed, next] of [
      [1, 2],
      [2, 1],
    ] as const) {
      const robust = await constructed('robust', next, 'adversarial')
      const nonRobust = await constructed('non-robust', next, 'standard')
      for (const training of ['standard', 'adversarial']) {
        const network = await load(seed, training)
        const { perturbations } = await evaluateRobustness(network, images.test, {
          attacks: [imageAttack(pgd({ norm: 'linf', radius: task.radius, steps: 2, randomStart: true }))],
          seed,
          keepPerturbations: true,
        })
        const path = join(context.directory, `mnist/seed-${seed}/${training}/probes.json`)
        const [first] = JSON.parse(readFileSync(path, 'utf8'))
        expect(first).toEqual({
          clean: await probed(network, { data: images.test }),
          attacked: await probed(network, {
            data: images.test,
            perturbation: perturbations as Float32Array,
          }),
          robust: await probed(network, { data: robust }),
          nonRobust: await probed(network, { data: nonRobust }),
        })
        expect(first.attacked).toBeLessThan(first.clean)
      }
    }
  })
})

describeLayered('networks on patches', () => {
  it('are judged on test samples, and by the share of their margin that is of robust patches', async () => {
    const preset = { ...patches, training: { ...patches.training, iterations: 6 }, recordEvery: 3 }
    const context = contextFor(preset, [1])
    const run = { seed: 1, depth: 'one-layer', training: 'standard' } as const
    const result = await patchDepthResult(context, preset, run, () => {})
    const path = join(context.directory, 'patches/seed-1/one-layer/standard/weights.safetensors')
    const network = await LayeredNetwork.load(path)
    const distribution = new PatchDistribution({ ...preset.distribution, seed: 1 })
    const code = patchCode(distribution, preset.radius)
    const on = async (parts: 'robust' | 'nonRobust') => {
      const data = await distribution.sample(preset.testSamples, { stream: 'test', parts })
      return network.evaluate(patchImages(data, code))
    }
    const [robust, nonRobust] = [await on('robust'), await on('nonRobust')]
    expect(result.robustOnlyAccuracy).toBe(robust.accuracy)
    expect(result.nonRobustOnlyAccuracy).toBe(nonRobust.accuracy)
    expect(result.robustShare).toBe(robustShare(robust.margin, nonRobust.margin))
  })

  it('have the share of the robust margin in the sum of both, negative ones as 0', async () => {
    const margins = (...values: number[]) => Float64Array.of(...values)
    expect(robustShare(margins(4, 2), margins(1, 1))).toBe(0.75)
    expect(robustShare(margins(-1, -3), margins(1, 1))).toBe(0)
    expect(robustShare(margins(1, 1), margins(0, -3))).toBe(1)
    expect(robustShare(margins(-1, 0), margins(-1, 0))).toBe(0.5)
    expect(() => robustShare(margins(1, Number.NaN), margins(1, 1))).toThrow(
      expect.objectContaining({ code: 'DIVERGED' }),
    )
  })
})
