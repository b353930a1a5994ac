import type { NativeActivation, NativeGradientAttack, NativeNetwork } from '../../src/native/contract.js'
import { normal, type PatchData, uniform } from '../../src/reference/index.js'

export const smoothedRelu: NativeActivation = { kind: 'smoothedRelu', power: 3, threshold: 1 }

/** `count` normal numbers of the given scale, the same for the same seed. */
export function numbers(seed: number, count: number, scale = 1): Float64Array {
  return normal(seed, 'case/numbers', 0, count).map((value) => scale * value)
}

export function randomNetwork(seed: number, shape: Partial<NativeNetwork> = {}): NativeNetwork {
  const { classes = 3, filtersPerClass = 2, dimension = 4, activation = smoothedRelu } = shape
  const weights = numbers(seed, classes * filtersPerClass * dimension, 0.5)
  return { classes, filtersPerClass, dimension, activation, weights }
}

export function randomData(seed: number, shape: Partial<PatchData> = {}): PatchData {
  const { samples = 5, patches = 3, dimension = 4, classes = 3, layout } = shape
  const inputSize = shape.inputSize ?? patches * dimension
  const labels = Int32Array.from(uniform(seed, 'case/labels', 0, samples), (u) => Math.floor(u * classes))
  const inputs = numbers(seed + 1, samples * inputSize)
  return { samples, patches, dimension, classes, inputSize, inputs, labels, ...(layout && { layout }) }
}

export function gradientAscent(options: Partial<NativeGradientAttack> = {}): NativeGradientAttack {
  return {
    kind: 'gradientAscent',
    loss: 'crossEntropy',
    rule: 'normalized',
    norm: 'l2',
    budget: 'patch',
    radius: 0.5,
    steps: 3,
    stepSize: 0.3,
    randomStart: false,
    restarts: 1,
    surrogateSlope: 0,
    lower: -Infinity,
    upper: Infinity,
    ...options,
  }
}

/** Central differences of f at x, by steps of h: error O(h²) from curvature, O(1e-16/h) from rounding. */
export function centralDifferences(f: (x: Float64Array) => number, x: Float64Array, h = 1e-5): Float64Array {
  return x.map((value, i) => {
    const moved = x.slice()
    moved[i] = value + h
    const above = f(moved)
    moved[i] = value - h
    return (above - f(moved)) / (2 * h)
  })
}

/** max_i |a_i − b_i| */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity
  let largest = 0
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i]! - b[i]!))
  return largest
}

/** Rows `first` … of the identity, `count` × d: orthonormal axis-parallel features. */
export function axisFeatures(first: number, count: number, dimension: number): Float64Array {
  const features = new Float64Array(count * dimension)
  for (let i = 0; i < count; i++) features[i * dimension + first + i] = 1
  return features
}
