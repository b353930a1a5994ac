import type { Budget, Norm, PatchData, PatchNetwork } from '../../src/index.js'
import { activationSlope, activationValue } from '../../src/reference/index.js'

/** Uniform numbers in [−1, 1), from a 32-bit state: for tests that search, not for statistics. */
export function noise(seed: number): () => number {
  let state = (seed * 2654435761 + 1) >>> 0
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 31 - 1
  }
}

interface Difference {
  readonly value: number
  readonly gradient: Float64Array
}

/**
 * Smallest margin per sample that projected descent finds from many starts, by formulas of its own and in double: an upper
 * bound of the true worst margin, and on two or three numbers per ball close to it.
 */
export function worstMarginFound(
  network: PatchNetwork,
  data: PatchData,
  { norm, budget, radius }: { norm: Norm; budget: Budget; radius: number },
  { starts = 24, steps = 60, seed = 1 } = {},
): Float64Array {
  const inputs = data.inputs()
  const length = budget === 'patch' ? data.dimension : data.inputSize
  return Float64Array.from(data.labels(), (label, n) => {
    const input = Float64Array.from(inputs.subarray(n * data.inputSize, (n + 1) * data.inputSize))
    let worst = Number.POSITIVE_INFINITY
    for (let wrong = 0; wrong < network.classes; wrong++) {
      if (wrong === label) continue
      let sum = 0
      for (let first = 0; first < input.length; first += length) {
        const part = input.subarray(first, first + length)
        const difference = (x: Float64Array) => scoreDifference(network, x, label, wrong)
        sum += descend(difference, part, norm, radius, { starts, steps, seed: seed + first + wrong })
      }
      worst = Math.min(worst, sum)
    }
    return worst
  })
}

function scoreDifference(network: PatchNetwork, x: Float64Array, own: number, wrong: number): Difference {
  const { dimension: d, filtersPerClass: m, weights } = network
  const { kind } = network.activation
  const activation = { power: 2, threshold: 1, ...network.activation, kind }
  const gradient = new Float64Array(x.length)
  let value = 0
  for (let first = 0; first < x.length; first += d) {
    for (const [index, sign] of [
      [own, 1],
      [wrong, -1],
    ] as const) {
      for (let f = index * m; f < (index + 1) * m; f++) {
        let z = 0
        for (let i = 0; i < d; i++) z += weights[f * d + i]! * x[first + i]!
        value += sign * activationValue(activation, z)
        const slope = sign * activationSlope(activation, z)
        for (let i = 0; i < d; i++) gradient[first + i]! += slope * weights[f * d + i]!
      }
    }
  }
  return { value, gradient }
}

function descend(
  difference: (x: Float64Array) => Difference,
  center: Float64Array,
  norm: Norm,
  radius: number,
  { starts, steps, seed }: { starts: number; steps: number; seed: number },
): number {
  const random = noise(seed)
  let least = difference(center).value
  for (let start = 0; start < starts; start++) {
    let delta = project(
      center.map(() => radius * random()),
      norm,
      radius,
    )
    for (let step = 0; step <= steps; step++) {
      const { value, gradient } = difference(center.map((x, i) => x + delta[i]!))
      least = Math.min(least, value)
      const size = radius * 0.6 * (1 - step / (steps + 1))
      const scale = norm === 'linf' ? 0 : Math.hypot(...gradient)
      const moved = delta.map((entry, i) => {
        const slope = norm === 'linf' ? Math.sign(gradient[i]!) : gradient[i]! / (scale || 1)
        return entry - size * slope
      })
      delta = project(moved, norm, radius)
    }
  }
  return least
}

function project(delta: Float64Array, norm: Norm, radius: number): Float64Array {
  if (norm === 'linf') return delta.map((entry) => Math.max(-radius, Math.min(radius, entry)))
  const length = Math.hypot(...delta)
  return length > radius ? delta.map((entry) => (entry * radius) / length) : delta
}
