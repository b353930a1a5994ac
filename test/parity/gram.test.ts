import { describe, expect, it } from 'vitest'
import { nativeAddon } from '../../src/native/addon.js'
import type {
  AttackSpace,
  FloatArray,
  NativeAlignedAttack,
  NativeGradientAttack,
  NativeNetwork,
  NativePatchData,
} from '../../src/native/contract.js'
import { failure } from '../helpers/errors.js'
import { gradientAscent } from '../helpers/reference-cases.js'

const addon = nativeAddon()
const execution = { threads: 2 }

/** k, m, d, P, N: fewer and more filters than dimensions, one patch, rows that are not whole vectors. */
const shapes: readonly (readonly [number, number, number, number, number])[] = [
  [3, 3, 40, 5, 23],
  [2, 8, 64, 101, 40],
  [5, 5, 784, 42, 8],
  [2, 1, 5, 1, 3],
  [10, 10, 32, 7, 17],
]

const ascents: Partial<NativeGradientAttack>[] = (['patch', 'input'] as const).flatMap((budget) =>
  (['normalized', 'gradient'] as const).flatMap((rule) =>
    [
      { steps: 1 },
      { steps: 7, loss: 'margin' as const },
      { steps: 5, randomStart: true, restarts: 2, surrogateSlope: 0.05 },
      { steps: 10, randomStart: true },
    ].map((options) => ({ budget, rule, ...options })),
  ),
)

function ascent(options: Partial<NativeGradientAttack>, space: AttackSpace): NativeGradientAttack {
  return gradientAscent({ radius: 0.3, stepSize: options.rule === 'gradient' ? 1 : 0.1, space, ...options })
}

function problem(
  [classes, filtersPerClass, dimension, patches, samples]: readonly [number, number, number, number, number],
  double: boolean,
) {
  const cast = (values: Float64Array): FloatArray => (double ? values : Float32Array.from(values))
  const { random } = addon
  const weights = random
    .normal(1, 'gram/weights', 0, classes * filtersPerClass * dimension)
    .map((w) => 0.1 * w)
  const network: NativeNetwork = {
    classes,
    filtersPerClass,
    dimension,
    activation: { kind: 'smoothedRelu', power: 3, threshold: 1 },
    weights: cast(weights),
  }
  const data = new addon.PatchData({
    samples,
    patches,
    dimension,
    classes,
    inputSize: patches * dimension,
    inputs: cast(random.normal(1, 'gram/inputs', 0, samples * patches * dimension)),
    labels: Int32Array.from({ length: samples }, (_, n) => n % classes),
  })
  return { network, data }
}

/** Largest difference, relative to the largest expected number. */
function relativeDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0
  let scale = Number.MIN_VALUE
  for (let i = 0; i < expected.length; i++) {
    difference = Math.max(difference, Math.abs((found[i] ?? Number.NaN) - (expected[i] ?? Number.NaN)))
    scale = Math.max(scale, Math.abs(expected[i] ?? Number.NaN))
  }
  expect(found.length).toBe(expected.length)
  return difference / scale
}

async function trained(
  network: NativeNetwork,
  data: NativePatchData,
  attacks: (NativeGradientAttack | NativeAlignedAttack)[],
) {
  const trainer = new addon.Trainer({
    network,
    data,
    attacks,
    cleanWeight: 0.25,
    learningRates: new Float64Array(4).fill(0.1),
    momentum: 0,
    batchSize: 0,
    seed: 1,
    recordEvery: 1,
    probes: new Float64Array(),
    iteration: 0,
  })
  const { records } = await trainer.advance({ ...execution, seconds: Number.POSITIVE_INFINITY })
  return {
    weights: trainer.weights(),
    losses: records.map(({ adversarialLoss = Number.NaN }) => adversarialLoss),
  }
}

describe.each([
  ['float64', true, 1e-9],
  ['float32', false, 2e-3],
] as const)('attacks on coefficients and on inputs agree in %s', (_, double, tolerance) => {
  it.each(shapes)('k=%i m=%i d=%i P=%i N=%i', async (...shape) => {
    const { network, data } = problem(shape, double)
    const [classes, , dimension] = shape
    const unit = (offset: number) =>
      Float64Array.from({ length: classes * dimension }, (__, e) =>
        Math.floor(e / dimension) + offset === e % dimension ? 1 : 0,
      )
    for (const options of ascents) {
      const run = (space: AttackSpace) =>
        addon.attack(network, data, [ascent(options, space)], {
          ...execution,
          seed: 1,
          round: 3,
          keepPerturbations: true,
        })
      const [gram, direct] = [await run('gram'), await run('direct')]
      expect(relativeDifference(gram.margin, direct.margin)).toBeLessThan(tolerance)
      expect(relativeDifference(gram.loss, direct.loss)).toBeLessThan(tolerance)
      expect(gram.vanishedGradient).toEqual(direct.vanishedGradient)
      expect(Math.max(...gram.norm)).toBeLessThanOrEqual(0.3)
      // Slopes just above 0 amplify rounding in the direction of a step, so perturbations agree less closely.
      if ((options.surrogateSlope ?? 0) > 0) {
        const [found, expected] = [gram.perturbations?.[0] ?? [], direct.perturbations?.[0] ?? []]
        expect(relativeDifference(found, expected)).toBeLessThan(double ? 1e-9 : 1e-2)
      }
      const aligned: NativeAlignedAttack[] =
        dimension < 2 * classes
          ? []
          : [
              {
                kind: 'featureAligned',
                norm: 'l2',
                budget: options.budget ?? 'patch',
                radius: 0.3,
                splits: 5,
                selection: options.rule === 'gradient' ? 'perPatch' : 'shared',
                robustFeatures: unit(0),
                nonRobustFeatures: unit(classes),
              },
            ]
      for (const others of [[], aligned]) {
        const inGram = await trained(network, data, [ascent(options, 'gram'), ...others])
        const inDirect = await trained(network, data, [ascent(options, 'direct'), ...others])
        expect(relativeDifference(inGram.weights, inDirect.weights)).toBeLessThan(tolerance)
        expect(relativeDifference(inGram.losses, inDirect.losses)).toBeLessThan(tolerance)
      }
    }
  })
})

describe('the coefficients of filters', () => {
  const { network, data } = problem([3, 3, 40, 5, 23], false)
  const attack = (options: Partial<NativeGradientAttack>) =>
    addon.attack(network, data, [ascent(options, 'gram')], {
      ...execution,
      seed: 1,
      round: 0,
      keepPerturbations: false,
    })

  it.each<[string, Partial<NativeGradientAttack>]>([
    ['norm linf', { norm: 'linf' }],
    ['bounds', { lower: -100, upper: 100 }],
  ])('cannot carry %s', async (reason, options) => {
    expect(await failure('INVALID_ARGUMENT', async () => attack(options))).toContain(reason)
  })

  it('cannot carry overlapping patches', async () => {
    const overlapping = new addon.PatchData({
      samples: 1,
      patches: 2,
      dimension: 40,
      classes: 3,
      inputSize: 60,
      inputs: new Float32Array(60),
      labels: Int32Array.of(0),
      layout: Int32Array.from({ length: 80 }, (_, e) => (e < 40 ? e : e - 20)),
    })
    const run = async () =>
      addon.attack(network, overlapping, [ascent({ budget: 'input' }, 'gram')], {
        ...execution,
        seed: 1,
        round: 0,
        keepPerturbations: false,
      })
    expect(await failure('INVALID_ARGUMENT', run)).toContain('overlapping patches')
  })
})
