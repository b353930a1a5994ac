import { describe, it } from 'vitest'
import type { NativePatchDataOptions, NativeTrainerOptions } from '../../src/native/contract.js'
import { calls } from '../helpers/calls.js'
import { failure } from '../helpers/errors.js'
import {
  addon,
  featureAligned,
  overlappingShape,
  problem,
  problemOf,
  trainerOptions,
} from '../helpers/native-cases.js'
import { gradientAscent } from '../helpers/reference-cases.js'

describe('values that are numbers but not these numbers', () => {
  const data: NativePatchDataOptions = {
    samples: 2,
    patches: 1,
    dimension: 2,
    classes: 2,
    inputSize: 2,
    inputs: new Float64Array(4),
    labels: Int32Array.of(0, 1),
  }

  it.each<[string, Partial<NativePatchDataOptions>]>([
    ['a label of classes', { labels: Int32Array.of(0, 2) }],
    ['a negative label', { labels: Int32Array.of(-1, 0) }],
    ['a layout position of inputSize', { layout: Int32Array.of(0, 2) }],
    ['a negative layout position', { layout: Int32Array.of(-1, 0) }],
    ['an input that is NaN', { inputs: Float64Array.of(0, 0, Number.NaN, 0) }],
    ['an input that is infinite', { inputs: Float32Array.of(0, 0, 0, Number.NEGATIVE_INFINITY) }],
    [
      'an inputSize other than patches · dimension without a layout',
      { inputSize: 4, inputs: new Float64Array(8) },
    ],
    ['no patches', { patches: 0 }],
    ['no dimension', { dimension: 0 }],
    ['one class', { classes: 1 }],
    ['a fraction of a sample', { samples: 1.5 }],
    ['fewer samples than labels', { samples: 1 }],
  ])('PatchData refuses %s', async (_, change) => {
    await failure('INVALID_ARGUMENT', () => new addon.PatchData({ ...data, ...change }))
  })

  it('PatchData refuses sizes beyond any memory', async () => {
    const huge = 2 ** 31 - 1
    await failure(
      'OUT_OF_MEMORY',
      () => new addon.PatchData({ ...data, patches: huge, dimension: huge, inputSize: 1 }),
    )
  })

  it('PatchData refuses ranges and indices outside', async () => {
    const own = new addon.PatchData(data)
    for (const [first, count] of [
      [3, 0],
      [0, 3],
      [2, 1],
      [1, 2 ** 31],
    ] as const) {
      await failure('INVALID_ARGUMENT', () => own.inputs(first, count))
    }
    for (const index of [-1, 2, 2 ** 31 - 1, -(2 ** 31)]) {
      await failure('INVALID_ARGUMENT', () => own.select(Int32Array.of(0, index)))
    }
  })

  const current = problem('float64', 1, { dimension: 8 })
  const { network } = current

  it.each([
    ['power 1', { power: 1 }],
    ['power 65', { power: 65 }],
    ['a fractional power', { power: 2.5 }],
    ['threshold 0', { threshold: 0 }],
    ['a threshold below the range of float32', { threshold: 1e-40 }],
    ['a threshold above the range of float32', { threshold: 1e39 }],
    ['an unknown activation', { kind: 'tanh' as never }],
  ])('a network refuses %s', async (_, change) => {
    const activation = { ...network.activation, ...change }
    await failure('INVALID_ARGUMENT', () =>
      addon.forward({ ...network, activation }, current.data, undefined, { threads: 1 }),
    )
  })

  it('a network must fit the data', async () => {
    const execution = { threads: 1 }
    const forward = (changed: typeof network, perturbation?: Float32Array) =>
      addon.forward(changed, current.data, perturbation, execution)
    await failure('INVALID_ARGUMENT', () =>
      forward({ ...network, weights: Float32Array.from(network.weights) }),
    )
    await failure('INVALID_ARGUMENT', () => forward({ ...network, dimension: 4, filtersPerClass: 4 }))
    await failure('INVALID_ARGUMENT', () => forward({ ...network, classes: 2, filtersPerClass: 3 }))
    await failure('INVALID_ARGUMENT', () =>
      forward({ ...network, weights: network.weights.map(() => Number.NaN) }),
    )
    await failure('INVALID_ARGUMENT', () => forward(network, new Float32Array(5 * 24)))
    await failure('INVALID_ARGUMENT', () =>
      addon.forward(
        network,
        current.data,
        new Float64Array(5 * 24).fill(Number.POSITIVE_INFINITY),
        execution,
      ),
    )
    for (const threads of [0, 1025, 1.5, -1]) {
      await failure('INVALID_ARGUMENT', () => addon.forward(network, current.data, undefined, { threads }))
    }
  })

  const attackOptions = { seed: 1, round: 0, keepPerturbations: false, threads: 1 }
  it.each([
    ['a negative radius', gradientAscent({ radius: -1 })],
    ['no restarts', gradientAscent({ restarts: 0 })],
    ['too many steps', gradientAscent({ steps: 1e7 })],
    ['an unknown norm', gradientAscent({ norm: 'l1' as never })],
    ['an unknown kind', gradientAscent({ kind: 'carlini' as never })],
    ['bounds the data are outside of', gradientAscent({ lower: 0, upper: 1 })],
    ['bounds in the wrong order', gradientAscent({ lower: 1, upper: 0 })],
    ['a lower bound of infinity', gradientAscent({ lower: Number.POSITIVE_INFINITY })],
    ['an upper bound of minus infinity', gradientAscent({ upper: Number.NEGATIVE_INFINITY })],
    ['one split', featureAligned(network, { splits: 1 })],
    ['features that are too short', featureAligned(network, { robustFeatures: new Float64Array(8) })],
    [
      'features that are NaN',
      featureAligned(network, { nonRobustFeatures: new Float64Array(24).fill(Number.NaN) }),
    ],
  ])('an attack refuses %s', async (_, attack) => {
    await failure('INVALID_ARGUMENT', () => addon.attack(network, current.data, [attack], attackOptions))
  })

  it('attacks refuse what overlapping patches cannot have', async () => {
    const images = problem('float64', 2, overlappingShape(4, 2))
    for (const attack of [
      gradientAscent(),
      featureAligned({ classes: 3, dimension: 4 }, { budget: 'input' }),
    ]) {
      await failure('INVALID_ARGUMENT', () =>
        addon.attack(images.network, images.data, [attack], attackOptions),
      )
    }
  })

  it.each<[string, Partial<NativeTrainerOptions>]>([
    ['no samples', { data: problem('float64', 3, { dimension: 8, samples: 0 }).data }],
    ['a clean weight above 1', { cleanWeight: 1.5 }],
    ['a negative momentum', { momentum: -0.1 }],
    ['a learning rate that is NaN', { learningRates: Float64Array.of(0.1, Number.NaN) }],
    ['an iteration after the last', { iteration: 6 }],
    ['records every 0 iterations', { recordEvery: 0 }],
    ['probes that are no whole rows', { probes: new Float64Array(9) }],
    ['a velocity of another precision', { velocity: new Float32Array(48) }],
    ['a seed beyond 2^53', { seed: 2 ** 53 }],
    ['attacks of unlike bounds', { attacks: [gradientAscent({ lower: -100 }), gradientAscent()] }],
    ['data of another precision', { data: problem('float32', 3, { dimension: 8 }).data }],
  ])('a trainer refuses %s', async (_, change) => {
    await failure('INVALID_ARGUMENT', () => new addon.Trainer(trainerOptions(current, change)))
  })

  it('a trainer says when its attacks need more memory than there is', async () => {
    const classes = 1500
    const many = problemOf(
      'float64',
      {
        ...network,
        classes,
        filtersPerClass: 1,
        dimension: classes,
        weights: new Float64Array(classes ** 2),
      },
      {
        samples: 1,
        patches: 1,
        dimension: classes,
        classes,
        inputSize: classes,
        inputs: new Float64Array(classes),
        labels: Int32Array.of(0),
      },
    )
    const features = new Float64Array(classes * classes)
    const attack = featureAligned(
      { classes: 2, dimension: 4 },
      { norm: 'linf', splits: 1000, robustFeatures: features, nonRobustFeatures: features },
    )
    await failure('OUT_OF_MEMORY', () => new addon.Trainer(trainerOptions(many, { attacks: [attack] })))
    await failure('OUT_OF_MEMORY', () => addon.attack(many.network, many.data, [attack], attackOptions))
  })

  it('sampling says when the data need more memory than there is', async () => {
    const sampler = calls.find(({ name }) => name === 'samplePatchData')!
    const [valid] = sampler.arguments() as [object]
    const features = new Float64Array(2 * 10000)
    const huge = { samples: 2 ** 31 - 1, dimension: 10000, robustPatches: 1, nonRobustPatches: 0 }
    await failure('OUT_OF_MEMORY', () =>
      sampler.invoke({ ...valid, ...huge, robustFeatures: features, nonRobustFeatures: features }),
    )
    await failure('INVALID_ARGUMENT', () =>
      sampler.invoke({ ...valid, robustPatches: 0, nonRobustPatches: 0 }),
    )
    await failure('INVALID_ARGUMENT', () => sampler.invoke({ ...valid, robustStrength: { low: 2, high: 1 } }))
    await failure('INVALID_ARGUMENT', () => sampler.invoke({ ...valid, precision: 'float16' }))
  })

  it('draws refuse counts and items outside', async () => {
    await failure('INVALID_ARGUMENT', () => addon.random.uniform(1, 's', 0, 2 ** 28 + 1))
    await failure('INVALID_ARGUMENT', () => addon.random.normal(1, 's', 2 ** 32, 1))
    await failure('INVALID_ARGUMENT', () => addon.random.permutation(1.5, 's', 0, 1))
  })

  it('kernels refuse arrays that do not go together', async () => {
    const { kernels } = addon
    const of = (count: number) => new Float64Array(count)
    await failure('INVALID_ARGUMENT', () => kernels.product('nt', 2, 2, 2, of(4), new Float32Array(4), of(4)))
    await failure('OUT_OF_MEMORY', () =>
      kernels.product('nt', 2 ** 31 - 1, 2, 2 ** 31 - 1, of(4), of(4), of(4)),
    )
    await failure('INVALID_ARGUMENT', () => kernels.residual('margin', of(1), 0, of(1)))
    await failure('INVALID_ARGUMENT', () => kernels.residual('margin', of(2), 2, of(2)))
    await failure('INVALID_ARGUMENT', () => kernels.project('l2', 1, 3, of(4)))
    await failure('INVALID_ARGUMENT', () => kernels.project('l2', 1, 0, of(4)))
    await failure('INVALID_ARGUMENT', () => kernels.ascend('gradient', 'l2', -1, 1, 2, of(4), of(4)))
  })
})
