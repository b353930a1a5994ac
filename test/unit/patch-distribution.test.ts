import { describe, expect, it } from 'vitest'
import { type Features, PatchDistribution, type PatchDistributionOptions } from '../../src/index.js'
import { samplePatchData as oracle } from '../../src/reference/index.js'
import { failure } from '../helpers/errors.js'
import { smallDistribution } from '../helpers/library-cases.js'
import { largestDifference } from '../helpers/reference-cases.js'
import { largestMagnitude, sampleTolerance } from '../helpers/tolerances.js'

const valid = {
  classes: 3,
  dimension: 8,
  robustPatches: 1,
  nonRobustPatches: 4,
  robustStrength: 2,
  nonRobustStrength: 0.5,
  seed: 1,
}
const make = (changes: object) => () =>
  new PatchDistribution({ ...valid, ...changes } as PatchDistributionOptions)

describe('PatchDistribution options', () => {
  it.each<[object, string]>([
    [{ classes: 1 }, 'Expected `classes` to be an integer from 2 to 100000, got 1.'],
    [{ dimension: 0 }, 'Expected `dimension` to be an integer from 1 to 2147483647, got 0.'],
    [
      { dimension: 5 },
      'Expected `dimension` to be at least 2·`classes`, for 2k orthonormal features, got 5.',
    ],
    [{ classes: 1e7 }, 'Expected `classes` to be an integer from 2 to 100000, got 10000000.'],
    [
      { classes: 1e5, dimension: 2e5 },
      'Expected 2 · `classes` · `dimension` to be at most 268435456, got 40000000000.',
    ],
    [
      { classes: 1e4, dimension: 2e4, features: 'random' },
      'Expected 2 · `classes` · `dimension` to be at most 268435456, got 400000000.',
    ],
    [{ robustPatches: -1 }, 'Expected `robustPatches` to be an integer from 0 to 1000000, got -1.'],
    [
      { robustPatches: 1e12 },
      'Expected `robustPatches` to be an integer from 0 to 1000000, got 1000000000000.',
    ],
    [{ nonRobustPatches: 1.5 }, 'Expected `nonRobustPatches` to be an integer from 0 to 1000000, got 1.5.'],
    [
      { robustPatches: 0, nonRobustPatches: 0 },
      'Expected `robustPatches` to be positive where `nonRobustPatches` is 0, got 0.',
    ],
    [{ robustStrength: -2 }, 'Expected `robustStrength` to be a non-negative number, got -2.'],
    [
      { robustStrength: 'strong' },
      "Expected `robustStrength` to be a non-negative number or `{ low, high }`, got 'strong'.",
    ],
    [{ noise: Number.NaN }, 'Expected `noise` to be a non-negative number, got NaN.'],
    [
      { features: 'axes' },
      "Expected `features` to be one of 'axis', 'random', got 'axes'; did you mean 'axis'?",
    ],
    [{ positions: 'free' }, "Expected `positions` to be one of 'fixed', 'shuffled', got 'free'."],
    [{ seed: 0.5 }, 'Expected `seed` to be an integer from 0 to 2^53 − 1, got 0.5.'],
    [{ seed: -1 }, 'Expected `seed` to be an integer from 0 to 2^53 − 1, got -1.'],
  ])('%j is refused', async (changes, message) => {
    expect(await failure('INVALID_ARGUMENT', make(changes))).toBe(message)
  })

  it('refuses a strength whose ends are swapped', async () => {
    expect(await failure('INVALID_ARGUMENT', make({ robustStrength: { low: 2, high: 1 } }))).toBe(
      'Expected `robustStrength.high` to be at least as large as `low`, got 1.',
    )
  })

  it('names the option a misspelled one is nearest to', async () => {
    const message = await failure('UNKNOWN_OPTION', make({ nonrobustPatchs: 3 }))
    expect(message).toBe(
      'Unknown option `nonrobustPatchs` in `distribution`; did you mean `nonRobustPatches`?',
    )
    expect(await failure('UNKNOWN_OPTION', make({ robustStrength: { low: 1, hgh: 2 } }))).toBe(
      'Unknown option `hgh` in `robustStrength`; did you mean `high`?',
    )
  })

  it('has documented defaults', () => {
    expect(new PatchDistribution({ ...valid, seed: undefined }).options).toEqual({
      ...valid,
      seed: 0,
      noise: 0,
      features: 'axis',
      positions: 'fixed',
    })
  })
})

describe('features', () => {
  it.each(['axis', 'random'] as const)('%s ones are orthonormal', (features) => {
    const distribution = smallDistribution({ classes: 5, dimension: 23, features })
    const { classes, dimension } = distribution
    const rows = featureRows(distribution)
    expect(rows).toHaveLength(2 * classes)
    for (const [i, a] of rows.entries()) {
      expect(a).toHaveLength(dimension)
      for (const [j, b] of rows.entries()) expect(inner(a, b)).toBeCloseTo(i === j ? 1 : 0, 12)
    }
  })

  it('axis ones are unit vectors', () => {
    const { robustFeatures, nonRobustFeatures } = smallDistribution({ dimension: 4 })
    expect([...robustFeatures]).toEqual([1, 0, 0, 0, 0, 1, 0, 0])
    expect([...nonRobustFeatures]).toEqual([0, 0, 1, 0, 0, 0, 0, 1])
  })

  it('random ones fill a square system and depend on the seed alone', () => {
    const random = (seed: number) => smallDistribution({ features: 'random', classes: 4, dimension: 8, seed })
    expect(random(1).robustFeatures).toEqual(random(1).robustFeatures)
    expect(largestDifference(random(1).robustFeatures, random(2).robustFeatures)).toBeGreaterThan(0.1)
    const rows = featureRows(random(1))
    expect(
      Math.max(...rows.flatMap((a, i) => rows.slice(0, i).map((b) => Math.abs(inner(a, b))))),
    ).toBeLessThan(1e-12)
  })
})

describe('sample', () => {
  it.each([
    ['fixed positions', {}],
    ['shuffled positions', { positions: 'shuffled' }],
    ['random features', { features: 'random' }],
    ['constant strengths', { robustStrength: 3, nonRobustStrength: 0 }],
  ] as const)('equals the oracle with %s', async (_, options) => {
    const distribution = smallDistribution(options)
    for (const parts of ['all', 'robust', 'nonRobust'] as const) {
      const data = await distribution.sample(7, { parts, stream: 'test', precision: 'float64' })
      const expected = oracle({ ...oracleOptions(distribution), samples: 7, parts, stream: 'test' })
      expect(data.labels()).toEqual(expected.labels)
      expect(largestDifference(data.inputs(), expected.inputs)).toBeLessThanOrEqual(
        sampleTolerance('float64', largestMagnitude(expected.inputs)),
      )
    }
  })

  it('has the shape and defaults it documents', async () => {
    const data = await smallDistribution().sample(4)
    expect(data).toMatchObject({
      samples: 4,
      patches: 5,
      dimension: 6,
      classes: 2,
      inputSize: 30,
      precision: 'float32',
      overlapping: false,
    })
    expect(data.inputs()).toEqual((await smallDistribution().sample(4, { stream: 'train' })).inputs())
    expect((await smallDistribution().sample(0)).samples).toBe(0)
  })

  it('X_R and X_NR share labels, strengths and noise with X', async () => {
    const distribution = smallDistribution({ features: 'random' })
    const draw = (parts: 'all' | 'robust' | 'nonRobust') =>
      distribution.sample(20, { parts, precision: 'float64' })
    const [all, robust, nonRobust] = await Promise.all([draw('all'), draw('robust'), draw('nonRobust')])
    expect(robust.labels()).toEqual(all.labels())
    expect(nonRobust.labels()).toEqual(all.labels())
    const { dimension, patches } = distribution
    const patch = (data: typeof all, n: number, p: number) => {
      const first = (n * patches + p) * dimension
      return data.inputs().subarray(first, first + dimension) as Float64Array
    }
    for (const [n, label] of all.labels().entries()) {
      for (let p = 0; p < patches; p++) {
        const [kept, emptied] = p < 2 ? [robust, nonRobust] : [nonRobust, robust]
        expect(patch(kept, n, p)).toEqual(patch(all, n, p))
        const removed = patch(all, n, p).map((value, e) => value - patch(emptied, n, p)[e]!)
        const feature = featureRows(distribution)[p < 2 ? label : 2 + label]!
        const strength = inner(removed, feature)
        const [low, high] = p < 2 ? [1.5, 2.5] : [0.4, 0.6]
        expect(strength).toBeGreaterThanOrEqual(low - 1e-12)
        expect(strength).toBeLessThan(high + 1e-12)
        expect(
          largestDifference(
            removed,
            feature.map((value) => strength * value),
          ),
        ).toBeLessThan(1e-12)
      }
    }
  })

  it('shuffles the positions of features, sample by sample', async () => {
    const noiseless = { noise: 0, nonRobustPatches: 6, robustPatches: 2 }
    const patchesOf = async (positions: 'fixed' | 'shuffled') => {
      const distribution = smallDistribution({ ...noiseless, positions })
      const inputs = (await distribution.sample(30, { precision: 'float64' })).inputs()
      return Array.from({ length: 30 }, (_, n) =>
        Array.from({ length: 8 }, (_, p) => `${inputs.subarray((n * 8 + p) * 6, (n * 8 + p + 1) * 6)}`),
      )
    }
    const [fixed, shuffled] = [await patchesOf('fixed'), await patchesOf('shuffled')]
    const firstPositions = new Set<number>()
    for (const [n, patches] of shuffled.entries()) {
      expect(patches.toSorted()).toEqual(fixed[n]!.toSorted())
      firstPositions.add(patches.indexOf(fixed[n]![0]!))
    }
    expect(firstPositions.size).toBe(8)
  })

  it('draws other samples from other streams and seeds', async () => {
    const agreement = async (a: Promise<Float64Array>, b: Promise<Float64Array>) =>
      correlation(await a, await b)
    const noise = async (seed: number, stream: string) => {
      const distribution = smallDistribution({ seed, robustStrength: 0, nonRobustStrength: 0, noise: 1 })
      return (await distribution.sample(200, { stream, precision: 'float64' })).inputs() as Float64Array
    }
    // 6,000 pairs of independent numbers: a standard error of 0.013.
    expect(Math.abs(await agreement(noise(1, 'train'), noise(1, 'test')))).toBeLessThan(0.06)
    expect(Math.abs(await agreement(noise(1, 'train'), noise(2, 'train')))).toBeLessThan(0.06)
    expect(await agreement(noise(1, 'train'), noise(1, 'train'))).toBeCloseTo(1, 12)
  })

  it('gives sample n whatever the number of samples and threads', async () => {
    const distribution = smallDistribution({ positions: 'shuffled' })
    const many = await distribution.sample(400, { threads: 3 })
    const few = await distribution.sample(9, { threads: 1 })
    expect(few.inputs()).toEqual(many.inputs(0, 9))
    expect(few.labels()).toEqual(many.labels().slice(0, 9))
  })

  it('in float32 is the one in float64, rounded', async () => {
    const distribution = smallDistribution({ features: 'random' })
    const [single, double] = [
      await distribution.sample(50),
      await distribution.sample(50, { precision: 'float64' }),
    ]
    expect(single.inputs()).toEqual(Float32Array.from(double.inputs()))
    expect(single.labels()).toEqual(double.labels())
  })

  it('follows the stated distributions', async () => {
    const distribution = smallDistribution({
      classes: 3,
      noise: 0.5,
      robustStrength: 0,
      nonRobustStrength: 0,
    })
    const data = await distribution.sample(3000, { precision: 'float64' })
    const inputs = data.inputs() as Float64Array
    const variance = inputs.reduce((sum, value) => sum + value * value, 0) / inputs.length
    expect(variance).toBeCloseTo(0.25, 2)
    for (const label of [0, 1, 2]) {
      // 1,000 expected, standard deviation 26.
      const count = data.labels().filter((value) => value === label).length
      expect(Math.abs(count - 1000)).toBeLessThan(130)
    }
  })

  it.each<[number, object, string]>([
    [-1, {}, 'Expected `samples` to be an integer from 0 to 2147483647, got -1.'],
    [1.5, {}, 'Expected `samples` to be an integer from 0 to 2147483647, got 1.5.'],
    [1e12, {}, 'Expected `samples` to be an integer from 0 to 2147483647, got 1000000000000.'],
    [1, { stream: '' }, "Expected `stream` to be a name, got ''."],
    [
      1,
      { parts: 'nonrobust' },
      "Expected `parts` to be one of 'all', 'robust', 'nonRobust', got 'nonrobust'; did you mean 'nonRobust'?",
    ],
    [1, { precision: 'double' }, "Expected `precision` to be one of 'float32', 'float64', got 'double'."],
    [1, { threads: 0 }, 'Expected `threads` to be an integer from 1 to 1024, got 0.'],
  ])('of %d with %j is refused', async (samples, options, message) => {
    expect(await failure('INVALID_ARGUMENT', () => smallDistribution().sample(samples, options))).toBe(
      message,
    )
  })

  it('is aborted by its signal', async () => {
    await failure('ABORTED', () => smallDistribution().sample(10, { signal: AbortSignal.abort() }))
  })
})

function oracleOptions(distribution: PatchDistribution) {
  const { classes, dimension, robustPatches, nonRobustPatches, noise, positions, seed } = distribution.options
  const range = (strength: number | { low: number; high: number }) =>
    typeof strength === 'number' ? { low: strength, high: strength } : strength
  return {
    classes,
    dimension,
    robustPatches,
    nonRobustPatches,
    noise,
    seed,
    shuffled: positions === 'shuffled',
    robustStrength: range(distribution.options.robustStrength),
    nonRobustStrength: range(distribution.options.nonRobustStrength),
    robustFeatures: distribution.robustFeatures,
    nonRobustFeatures: distribution.nonRobustFeatures,
  }
}

/** u_1 … u_k, v_1 … v_k. */
function featureRows({ classes, dimension, robustFeatures, nonRobustFeatures }: Features): Float64Array[] {
  return [robustFeatures, nonRobustFeatures].flatMap((matrix) =>
    Array.from({ length: classes }, (_, i) => matrix.subarray(i * dimension, (i + 1) * dimension)),
  )
}

function inner(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, e) => sum + value * b[e]!, 0)
}

function correlation(a: Float64Array, b: Float64Array): number {
  return inner(a, b) / Math.sqrt(inner(a, a) * inner(b, b))
}
