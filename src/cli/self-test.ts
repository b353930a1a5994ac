import { nativeAddon } from '../native/addon.js'
import type { NativeAttack, NativeNetwork, NativePatchDataOptions } from '../native/contract.js'
import * as reference from '../reference/index.js'
import { layeredSelfTest } from './layered-self-test.js'
import { compare, type SelfTestCheck } from './self-test-check.js'

const TOLERANCE = { float32: 1e-4, float64: 1e-11 }

/**
 * Compares the native engine with the TypeScript oracle on a small problem, and BLAS with it under many threads.
 *
 * @param layered whether to test layered networks too
 */
export async function selfTest(layered: boolean): Promise<{ passed: boolean; checks: SelfTestCheck[] }> {
  const checks: SelfTestCheck[] = []
  for (const precision of ['float64', 'float32'] as const) {
    checks.push(
      await compareForward(precision),
      await compareGradients(precision),
      await compareAttack(precision),
    )
  }
  checks.push(await compareConcurrentProducts())
  if (layered) checks.push(...(await layeredSelfTest()))
  return { passed: checks.every(({ passed }) => passed), checks }
}

const execution = { threads: 2 }

interface Problem {
  readonly network: NativeNetwork
  readonly data: NativePatchDataOptions
}

function problem(precision: 'float32' | 'float64', samples = 23): Problem {
  const { random } = nativeAddon()
  const [classes, filtersPerClass, dimension, patches] = [3, 5, 24, 9]
  const cast = (values: Float64Array) => (precision === 'float32' ? Float32Array.from(values) : values)
  return {
    network: {
      classes,
      filtersPerClass,
      dimension,
      activation: { kind: 'smoothedRelu', power: 3, threshold: 1 },
      weights: cast(random.normal(1, 'self-test/weights', 0, classes * filtersPerClass * dimension)),
    },
    data: {
      samples,
      patches,
      dimension,
      classes,
      inputSize: patches * dimension,
      inputs: cast(random.normal(1, 'self-test/inputs', 0, samples * patches * dimension)),
      labels: Int32Array.from({ length: samples }, (_, n) => n % classes),
    },
  }
}

async function compareForward(precision: 'float32' | 'float64'): Promise<SelfTestCheck> {
  const { network, data } = problem(precision)
  const native = await nativeAddon().forward(
    network,
    new (nativeAddon().PatchData)(data),
    undefined,
    execution,
  )
  return compare(
    `forward (${precision})`,
    native.scores,
    reference.forward(network, data).scores,
    TOLERANCE[precision],
  )
}

async function compareGradients(precision: 'float32' | 'float64'): Promise<SelfTestCheck> {
  const { network, data } = problem(precision)
  const options = { loss: 'crossEntropy', surrogateSlope: 0, weights: true, inputs: true } as const
  const handle = new (nativeAddon().PatchData)(data)
  const native = await nativeAddon().gradients(network, handle, undefined, { ...options, ...execution })
  const expected = reference.gradients(network, data, undefined, options)
  const both = (result: { weightGradient?: Iterable<number>; inputGradient?: Iterable<number> }) => [
    ...(result.weightGradient ?? []),
    ...(result.inputGradient ?? []),
  ]
  return compare(`gradients (${precision})`, both(native), both(expected), TOLERANCE[precision])
}

async function compareAttack(precision: 'float32' | 'float64'): Promise<SelfTestCheck> {
  const { network, data } = problem(precision)
  const attack: NativeAttack = {
    kind: 'gradientAscent',
    loss: 'margin',
    rule: 'normalized',
    norm: 'l2',
    budget: 'patch',
    radius: 0.1,
    steps: 3,
    stepSize: 0.05,
    randomStart: true,
    restarts: 2,
    surrogateSlope: 0,
    lower: Number.NEGATIVE_INFINITY,
    upper: Number.POSITIVE_INFINITY,
  }
  const options = { seed: 1, round: 0, keepPerturbations: false }
  const handle = new (nativeAddon().PatchData)(data)
  const native = await nativeAddon().attack(network, handle, [attack], { ...options, ...execution })
  const expected = reference.attack(network, data, [attack], options)
  return compare(`attack (${precision})`, native.margin, expected.margin, 10 * TOLERANCE[precision])
}

/** Many products at once: a BLAS that is not safe under callers' threads gives wrong elements here. */
async function compareConcurrentProducts(): Promise<SelfTestCheck> {
  const { network, data } = problem('float32', 400)
  const handle = new (nativeAddon().PatchData)(data)
  const expected = reference.forward(network, data).scores
  const results = await Promise.all(
    Array.from({ length: 8 }, () => nativeAddon().forward(network, handle, undefined, { threads: 4 })),
  )
  const checks = results.map(({ scores }) => compare('', scores, expected, TOLERANCE.float32))
  const worst = checks.find(({ passed }) => !passed) ?? checks[0]
  return { name: 'concurrent products', passed: worst?.passed === true, detail: worst?.detail ?? '' }
}
