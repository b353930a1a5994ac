import { describe, expect, it } from 'vitest'
import type { NativeActivation } from '../../src/native/contract.js'
import { activationSlope, activationValue, surrogateActivationSlope } from '../../src/reference/index.js'

const relu: NativeActivation = { kind: 'relu', power: 2, threshold: 1 }
const activations: NativeActivation[] = [
  relu,
  { kind: 'smoothedRelu', power: 2, threshold: 0.5 },
  { kind: 'smoothedRelu', power: 3, threshold: 1 },
  { kind: 'smoothedRelu', power: 5, threshold: 4 },
  { kind: 'polynomial', power: 2, threshold: 1 },
  { kind: 'polynomial', power: 4, threshold: 1 },
]

describe.each(activations)('$kind with power $power and threshold $threshold', (activation) => {
  it('has the slope that central differences find', () => {
    const h = 1e-5
    for (const z of [-2, -0.3, 0.1, 0.43, 0.9, 1.7, 3.6, 5.2]) {
      const difference = activationValue(activation, z + h) - activationValue(activation, z - h)
      const slope = activationSlope(activation, z)
      expect(Math.abs(difference / (2 * h) - slope)).toBeLessThan(1e-7 * (1 + slope))
    }
  })

  it('is zero with zero slope up to 0', () => {
    for (const z of [-Infinity, -1e300, -1, -1e-300, -0, 0]) {
      expect(Math.abs(activationValue(activation, z))).toBe(0)
      expect(Math.abs(activationSlope(activation, z))).toBe(0)
    }
  })

  it('passes NaN on', () => {
    expect(activationValue(activation, NaN)).toBeNaN()
    expect(activationSlope(activation, NaN)).toBeNaN()
    expect(surrogateActivationSlope(activation, 0.1, NaN)).toBeNaN()
  })

  it('lifts slopes below the surrogate and leaves the others', () => {
    expect(surrogateActivationSlope(activation, 0.05, -3)).toBe(0.05)
    const slope = activationSlope(activation, 3)
    expect(surrogateActivationSlope(activation, 0.05, 3)).toBe(slope)
    expect(surrogateActivationSlope(activation, 0, 3)).toBe(slope)
  })
})

describe('smoothed ReLU', () => {
  const activation: NativeActivation = { kind: 'smoothedRelu', power: 3, threshold: 2 }

  it('follows z³/(3·2²) and then z − (1 − 1/3)·2', () => {
    expect(activationValue(activation, 1.5)).toBeCloseTo(1.5 ** 3 / 12, 14)
    expect(activationValue(activation, 5)).toBeCloseTo(5 - 4 / 3, 14)
    expect(activationSlope(activation, 1.5)).toBeCloseTo((1.5 / 2) ** 2, 14)
    expect(activationSlope(activation, 5)).toBe(1)
  })

  it('joins its pieces in value and slope at the threshold', () => {
    expect(activationValue(activation, 2)).toBeCloseTo(2 / 3, 14)
    expect(activationValue(activation, 2 + 1e-9)).toBeCloseTo(2 / 3 + 1e-9, 13)
    expect(activationSlope(activation, 2)).toBe(1)
    expect(activationSlope(activation, 2 - 1e-9)).toBeCloseTo(1, 8)
  })

  it('does not overflow where z^q would', () => {
    const large: NativeActivation = { kind: 'smoothedRelu', power: 5, threshold: 1e100 }
    expect(activationValue(large, 1e100)).toBeCloseTo(2e99, -85)
  })
})

it('ReLU has slope 0 at the joint and 1 right after it', () => {
  expect(activationSlope(relu, 0)).toBe(0)
  expect(activationSlope(relu, 1e-300)).toBe(1)
  expect(activationValue(relu, 7)).toBe(7)
})
