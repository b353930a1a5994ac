import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { featureExamples } from '../../src/experiments/feature-examples.js'
import { type FeatureNetworkKind, featureNetwork } from '../../src/experiments/feature-networks.js'
import { structuredDataPresets } from '../../src/experiments/structured-data-presets.js'
import { transferability } from '../../src/experiments/transferability.js'
import {
  shareTurnedWrong,
  TRANSFER_SOURCES,
  TRANSFER_TARGETS,
  transferResult,
} from '../../src/experiments/transferability-matrix.js'
import { structuredTransfer } from '../../src/experiments/transferability-structured.js'
import { PatchDistribution, smoothedRelu } from '../../src/index.js'
import { failure } from '../helpers/errors.js'
import { contextFor, expectSound } from '../helpers/experiments.js'

const smoke = { ...transferability.presets.smoke, images: [] }

describe('featureExamples', () => {
  const distribution = new PatchDistribution({
    ...structuredDataPresets.smoke.distribution,
    classes: 3,
    dimension: 8,
    nonRobustPatches: 2,
    seed: 4,
  })

  it('moves every patch from the own feature to the next class’s, to the surface of its ball', async () => {
    const data = await distribution.sample(5)
    const examples = featureExamples(distribution.nonRobustFeatures, data, 0.5)
    expect(examples).toHaveLength(5 * 3 * 8)
    for (const [n, label] of data.labels().entries()) {
      // Features are axis-parallel: v_i is the axis k + i.
      const expected = new Float32Array(8)
      expected[3 + label] = -0.5 / Math.SQRT2
      expected[3 + ((label + 1) % 3)] = 0.5 / Math.SQRT2
      for (let p = 0; p < 3; p++)
        expect(examples.subarray((n * 3 + p) * 8, (n * 3 + p + 1) * 8)).toEqual(expected)
    }
  })
})

describe('shareTurnedWrong', () => {
  it('counts only what was right, and a tie or an overflow as wrong', () => {
    const before = Float64Array.of(1, 2, 3, 4, -1, 0, Number.NaN)
    const after = Float64Array.of(1, -1, 0, Number.NaN, -5, -5, -5)
    expect(shareTurnedWrong(before, after)).toBe(3 / 4)
    expect(shareTurnedWrong(Float64Array.of(-1, 0), Float64Array.of(1, -1))).toBeUndefined()
  })
})

describe('transferResult', () => {
  it('has a network of non-robust features fall for those alone, once they reach its own', async () => {
    const { distribution: options, testSamples } = structuredDataPresets.smoke
    const distribution = new PatchDistribution({ ...options, nonRobustStrength: 1, seed: 1 })
    const data = await distribution.sample(testSamples)
    const shape = { filtersPerClass: 1, activation: smoothedRelu({ power: 3, threshold: 8 }) }
    const network = (kind: FeatureNetworkKind) => featureNetwork(kind, distribution, shape)
    const asked: string[] = []
    const { cleanAccuracy, points, seed } = await transferResult(
      {
        seed: 1,
        data,
        targets: { standard: network('non-robust'), adversarial: network('shielded-robust') },
        // A patch has as much of the wrong feature as of its own at β/√2.
        radii: [0.7, 0.72],
        async examples(source, radius) {
          asked.push(`${source} ${radius}`)
          const { robustFeatures, nonRobustFeatures } = distribution
          return featureExamples(
            source === 'non-robust features' ? nonRobustFeatures : robustFeatures,
            data,
            radius,
          )
        },
      },
      { threads: 1 },
    )
    expect({ seed, cleanAccuracy }).toEqual({ seed: 1, cleanAccuracy: { standard: 1, adversarial: 1 } })
    expect(asked).toEqual(
      [0.7, 0.72].flatMap((radius) => TRANSFER_SOURCES.map((source) => `${source} ${radius}`)),
    )
    const none = { standard: 0, adversarial: 0 }
    const others = { 'robust features': none, 'standard network': none, 'adversarial network': none }
    expect(points).toEqual([
      { radius: 0.7, success: { ...others, 'non-robust features': none } },
      { radius: 0.72, success: { ...others, 'non-robust features': { standard: 1, adversarial: 0 } } },
    ])
  })
})

describe('transferability', () => {
  it('refuses before any training what no verdict could be made of', async () => {
    const { structured, images } = transferability.presets.smoke
    const [task] = images
    const refused = async (preset: typeof transferability.presets.smoke) => {
      const context = contextFor(preset, [1, 2])
      const message = await failure('INVALID_ARGUMENT', () => transferability.run(context))
      expect(readdirSync(context.directory)).toEqual([])
      return message
    }
    expect(await refused({ structured: { ...structured, radiusShares: [0.5, 2] }, images: [] })).toBe(
      'Expected `structured.radiusShares` to be an array of shares of ε with 1 among them, got an array of length 2.',
    )
    expect(await refused({ structured, images: [{ ...task!, radiusShares: [] }] })).toBe(
      'Expected `images[0].radiusShares` to be an array of shares of ε with 1 among them, got an array of length 0.',
    )
    for (const kinds of [['non-robust'], ['robust', 'targeted-next']] as const) {
      const sets = { ...task!.sets, kinds }
      expect(await refused({ structured, images: [{ ...task!, sets }] })).toMatch(
        /^Expected `images\[0\]\.sets\.kinds` to be an array with 'robust' and 'non-robust' in it, got /,
      )
    }
  })

  it('has records and figures of every cell, the same for any number of threads', async () => {
    const outcomes = []
    for (const threads of [1, 3]) outcomes.push(await transferability.run(contextFor(smoke, [1, 2], threads)))
    const [first, second] = outcomes
    expect(second).toEqual(first)
    const { records, figures } = first!
    expectSound(records, 'transferability', [1, 2])
    expect(records.map(({ id }) => id.replace('transferability/structured/', ''))).toEqual([
      'non-robust-over-robust',
      'non-robust-features',
      'standard-network',
      'standard-over-adversarial-network',
      'adversarial-targets/non-robust-features',
      'adversarial-targets/robust-features',
      'adversarial-targets/standard-network',
    ])
    const cells = TRANSFER_SOURCES.flatMap((source) => TRANSFER_TARGETS.map((target) => ({ source, target })))
    const [matrix, bars, curves] = figures
    expect(matrix!.rows).toMatchObject(cells)
    expect(bars!.rows).toMatchObject(cells)
    expect(matrix!.rows.map(({ success }) => success)).toEqual(bars!.rows.map(({ success }) => success))
    expect(curves!.rows).toHaveLength(cells.length * smoke.structured.radiusShares.length)
    const atRadius = curves!.rows.filter(({ radius }) => radius === smoke.structured.radius)
    expect(atRadius.map(({ success }) => success)).toEqual(bars!.rows.map(({ success }) => success))
  })

  it('takes the sources of a lone seed from the one beside it', async () => {
    const context = contextFor(smoke.structured, [2])
    const alone = (await structuredTransfer(context)).results
    const both = (await structuredTransfer(contextFor(smoke.structured, [1, 2]))).results
    expect(alone).toEqual(both.filter(({ seed }) => seed === 2))
    expect(readdirSync(context.directory).toSorted()).toEqual(['seed-1', 'seed-2'])
    expect(readdirSync(join(context.directory, 'seed-1'))).not.toContain('transfer.json')
  })

  it('takes up after an interruption, to the same outcome', async () => {
    const whole = await transferability.run(contextFor(smoke, [1, 2]))
    const context = contextFor(smoke, [1, 2])
    const stop = new AbortController()
    const report = (_: number, activity: string) => {
      if (activity.includes('seed 2, examples')) stop.abort()
    }
    await expect(transferability.run({ ...context, report, signal: stop.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    })
    expect(await transferability.run(context)).toEqual(whole)
  })
})
