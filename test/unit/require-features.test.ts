import { describe, expect, it } from 'vitest'
import type { Features } from '../../src/data/features.js'
import { requireFeatures } from '../../src/data/require-features.js'
import {
  attackSuite,
  featureAligned,
  featureCoefficients,
  PatchDistribution,
  PatchNetwork,
} from '../../src/index.js'
import { failure } from '../helpers/errors.js'

const shape = { classes: 3, dimension: 16, robustPatches: 1, nonRobustPatches: 2, robustStrength: 1 } as const
const drawn = (features: 'axis' | 'random', seed = 1) =>
  new PatchDistribution({ ...shape, nonRobustStrength: 1, features, seed })

/** Features of one's own, after a change. */
function changed(
  change: (features: Record<'robustFeatures' | 'nonRobustFeatures', Float64Array>) => void,
): Features {
  const { classes, dimension, robustFeatures, nonRobustFeatures } = drawn('random')
  const own = { robustFeatures: robustFeatures.slice(), nonRobustFeatures: nonRobustFeatures.slice() }
  change(own)
  return { classes, dimension, ...own }
}

describe('features of one’s own', () => {
  it('are taken when they are orthonormal, in float32 too', () => {
    for (let seed = 0; seed < 20; seed++) requireFeatures(drawn('random', seed), 'features')
    requireFeatures(drawn('axis'), 'features')
    const rounded = changed(({ robustFeatures, nonRobustFeatures }) => {
      robustFeatures.set(Float32Array.from(robustFeatures))
      nonRobustFeatures.set(Float32Array.from(nonRobustFeatures))
    })
    expect(featureAligned(rounded, { radius: 1 }).name).toMatch(/^feature-aligned-/)
  })

  const scaled = changed(({ robustFeatures }) => {
    for (let e = 16; e < 32; e++) robustFeatures[e]! *= 3
  })
  const repeated = changed(({ robustFeatures, nonRobustFeatures }) => {
    nonRobustFeatures.set(robustFeatures.subarray(32, 48), 16)
  })
  const leaning = changed(({ robustFeatures, nonRobustFeatures }) => {
    for (let e = 0; e < 16; e++)
      robustFeatures[e] = Math.cos(1e-4) * robustFeatures[e]! + Math.sin(1e-4) * nonRobustFeatures[32 + e]!
  })

  it.each<[string, unknown, string]>([
    [
      'too long',
      scaled,
      'to be orthonormal, rows of length 1 at right angles to each other, got row 1 of robustFeatures of length 3.',
    ],
    [
      'all 0',
      changed(({ nonRobustFeatures }) => nonRobustFeatures.fill(0)),
      'row 0 of nonRobustFeatures of length 0.',
    ],
    [
      'not finite',
      changed(({ robustFeatures }) => robustFeatures.fill(Number.NaN)),
      'row 0 of robustFeatures of length NaN.',
    ],
    ['twice the same', repeated, 'got rows at other angles.'],
    ['not quite at right angles', leaning, 'got rows at other angles.'],
    [
      'of float32',
      { ...scaled, robustFeatures: new Float32Array(48) },
      '`features.robustFeatures` to be a Float64Array, got',
    ],
    [
      'too few',
      { ...changed(() => {}), nonRobustFeatures: new Float64Array(32) },
      '`features.nonRobustFeatures` to have 48 elements',
    ],
    [
      'of fewer dimensions',
      { ...scaled, dimension: 5 },
      '`features.dimension` to be an integer of at least 6',
    ],
    ['of no class', { ...scaled, classes: 0 }, '`features.classes` to be an integer of at least 1, got 0.'],
    ['missing', {}, '`features` to have robustFeatures and nonRobustFeatures'],
    ['nothing', undefined, '`features` to have robustFeatures and nonRobustFeatures'],
  ])('are refused when they are %s', async (_, features, sentence) => {
    const network = PatchNetwork.initialize({ classes: 3, dimension: 16, filtersPerClass: 1, seed: 1 })
    for (const use of [
      () => featureAligned(features as Features, { radius: 1 }),
      () => featureCoefficients(network, features as Features),
      () => attackSuite((features ?? null) as Features, { radius: 1 }),
    ])
      expect(await failure('INVALID_ARGUMENT', async () => use())).toContain(sentence)
  })
})
