import { nativeAddon } from '../../src/native/addon.js'
import type {
  FloatArray,
  NativeActivation,
  NativeAlignedAttack,
  NativeNetwork,
  NativePatchData,
  NativeTrainerOptions,
  Precision,
} from '../../src/native/contract.js'
import type { PatchData } from '../../src/reference/index.js'
import { axisFeatures, randomData, randomNetwork } from './reference-cases.js'

export const addon = nativeAddon()

export const precisions: readonly Precision[] = ['float32', 'float64']

/** The numbers in the element type of the precision. */
export function typed(precision: Precision, values: ArrayLike<number>): FloatArray {
  return precision === 'float32' ? Float32Array.from(values) : Float64Array.from(values)
}

/** The numbers the precision can hold, as doubles for the oracle. */
export function rounded(precision: Precision, values: ArrayLike<number>): Float64Array {
  return Float64Array.from(typed(precision, values))
}

export interface Shape {
  samples?: number
  patches?: number
  dimension?: number
  classes?: number
  filtersPerClass?: number
  layout?: Int32Array
  inputSize?: number
  activation?: NativeActivation
}

/** One problem for both sides: the oracle's arrays hold exactly the numbers the engine computes with. */
export interface Problem {
  precision: Precision
  oracle: { network: NativeNetwork; data: PatchData }
  network: NativeNetwork
  data: NativePatchData
}

export function problem(precision: Precision, seed: number, shape: Shape = {}): Problem {
  const network = randomNetwork(seed, shape)
  network.weights = rounded(precision, network.weights)
  network.activation = {
    ...network.activation,
    threshold: rounded(precision, [network.activation.threshold])[0]!,
  }
  const data = randomData(seed + 1, shape)
  return problemOf(precision, network, { ...data, inputs: rounded(precision, data.inputs) })
}

/** The native side of a problem whose numbers the precision can hold. */
export function problemOf(precision: Precision, network: NativeNetwork, data: PatchData): Problem {
  return {
    precision,
    oracle: { network, data },
    network: { ...network, weights: typed(precision, network.weights) },
    data: new addon.PatchData({ ...data, inputs: typed(precision, data.inputs) }),
  }
}

/** Patches of a square image of `side` pixels, seen through a window that moves one pixel at a time. */
export function overlappingShape(side: number, window: number): Shape {
  const positions = side - window + 1
  const layout: number[] = []
  for (let row = 0; row < positions; row++) {
    for (let column = 0; column < positions; column++) {
      for (let i = 0; i < window * window; i++) {
        layout.push((row + Math.floor(i / window)) * side + column + (i % window))
      }
    }
  }
  return {
    patches: positions * positions,
    dimension: window * window,
    inputSize: side * side,
    layout: Int32Array.from(layout),
  }
}

/**
 * Numbers of samples, of 3 patches of 4 numbers, at which native/engine/tile_plan.cc cuts differently.
 * native/test/tile_plan_test.cc holds the same numbers, so that whoever changes the plan is led here.
 */
export const tiling = {
  mostInOneTile: 15,
  eightWholeTiles: 64,
  nineFullTiles: 9 * 170,
}

/** Shapes at which loops, tiles and vector widths begin and end. */
export const shapes: readonly (readonly [string, Shape])[] = [
  ['no samples', { samples: 0 }],
  ['one sample', { samples: 1 }],
  ['one patch', { patches: 1 }],
  ['one dimension', { dimension: 1 }],
  ['one filter per class', { filtersPerClass: 1 }],
  ['two classes', { classes: 2 }],
  ['everything one', { samples: 1, patches: 1, dimension: 1, classes: 2, filtersPerClass: 1 }],
  ['odd sizes', { samples: 7, patches: 5, dimension: 33, classes: 5, filtersPerClass: 3 }],
  ['filters filling whole vectors', { classes: 4, filtersPerClass: 2, dimension: 8 }],
  ['overlapping patches', overlappingShape(4, 2)],
  [
    'a position read twice by one patch',
    { patches: 2, dimension: 2, inputSize: 3, layout: Int32Array.of(1, 1, 2, 0) },
  ],
  ['the most of one tile', { samples: tiling.mostInOneTile }],
  ['the fewest of two tiles', { samples: tiling.mostInOneTile + 1 }],
  ['one less than whole tiles', { samples: tiling.eightWholeTiles - 1 }],
  ['whole tiles', { samples: tiling.eightWholeTiles }],
  ['one more than whole tiles', { samples: tiling.eightWholeTiles + 1 }],
  ['one less than full tiles', { samples: tiling.nineFullTiles - 1 }],
  ['full tiles', { samples: tiling.nineFullTiles }],
  ['one more than full tiles', { samples: tiling.nineFullTiles + 1 }],
  ['more patches than a tile wants', { samples: 3, patches: 600 }],
  ['more tiles than chunks', { samples: 67, patches: 512, dimension: 1, classes: 2, filtersPerClass: 1 }],
]

/** All three activations, with the powers compiled apart and one that is not. */
export const activations: readonly NativeActivation[] = [
  { kind: 'relu', power: 2, threshold: 1 },
  ...[2, 3, 4, 5].flatMap((power): NativeActivation[] => [
    { kind: 'smoothedRelu', power, threshold: 0.7 },
    { kind: 'polynomial', power, threshold: 1 },
  ]),
]

export function nameOf({ kind, power }: NativeActivation): string {
  return kind === 'relu' ? kind : `${kind} of power ${power}`
}

/** An aligned attack on axis-parallel features; needs dimension ≥ 2 · classes. */
export function featureAligned(
  network: Pick<NativeNetwork, 'classes' | 'dimension'>,
  options: Partial<NativeAlignedAttack> = {},
): NativeAlignedAttack {
  const { classes, dimension } = network
  return {
    kind: 'featureAligned',
    norm: 'l2',
    budget: 'patch',
    radius: 0.5,
    splits: 5,
    selection: 'shared',
    robustFeatures: axisFeatures(0, classes, dimension),
    nonRobustFeatures: axisFeatures(classes, classes, dimension),
    ...options,
  }
}

/** Full-batch standard training of the problem, 5 iterations. */
export function trainerOptions(
  { network, data }: Pick<Problem, 'network' | 'data'>,
  options: Partial<NativeTrainerOptions> = {},
): NativeTrainerOptions {
  return {
    network,
    data,
    attacks: [],
    cleanWeight: 0,
    learningRates: new Float64Array(5).fill(0.1),
    momentum: 0,
    batchSize: 0,
    seed: 3,
    recordEvery: 1,
    probes: new Float64Array(0),
    iteration: 0,
    ...options,
  }
}

/** A view in the middle of a larger array whose other words must not change. */
export function guarded<Values extends FloatArray>(values: Values): { view: Values; intact(): boolean } {
  const guard = 9
  const word = 12345.5
  const Type = values.constructor as new (length: number) => Values
  const whole = new Type(values.length + 2 * guard)
  whole.fill(word)
  whole.set(values, guard)
  return {
    view: whole.subarray(guard, guard + values.length) as Values,
    intact: () =>
      whole.subarray(0, guard).every((value) => value === word) &&
      whole.subarray(guard + values.length).every((value) => value === word),
  }
}
