import { openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { NativeExecution, NativeNetwork, NativePatchDataOptions } from '../../src/native/contract.js'
import { addon, featureAligned, trainerOptions } from './native-cases.js'
import { gradientAscent } from './reference-cases.js'

/** A function of the addon with arguments it accepts, for tests that spoil them one by one. */
export interface Call {
  name: string
  /** Fresh on every call. */
  arguments(): unknown[]
  invoke(...given: unknown[]): unknown
}

const network: NativeNetwork = {
  classes: 2,
  filtersPerClass: 2,
  dimension: 4,
  activation: { kind: 'smoothedRelu', power: 3, threshold: 1 },
  weights: new Float64Array(16).fill(0.25),
}

const dataOptions: NativePatchDataOptions = {
  samples: 2,
  patches: 3,
  dimension: 4,
  classes: 2,
  inputSize: 12,
  inputs: new Float64Array(24).fill(0.5),
  labels: Int32Array.of(0, 1),
  layout: Int32Array.from({ length: 12 }, (_, i) => i),
}

const execution = (): NativeExecution => ({ threads: 2, cancellation: new addon.Cancellation() })
const freshNetwork = (): NativeNetwork => structuredClone(network)
const freshData = () => {
  const { layout: _, ...plain } = structuredClone(dataOptions)
  return new addon.PatchData(plain)
}
const openFile = openSync(fileURLToPath(import.meta.url), 'r')
const activation = () => structuredClone(network.activation)
const perturbation = () => new Float64Array(24)
const freshTrainerOptions = () => ({
  ...trainerOptions({ network: freshNetwork(), data: freshData() }),
  attacks: [gradientAscent({ lower: 0, upper: 1 })],
  probes: new Float64Array(8),
  velocity: new Float64Array(16),
})

// Spoiled arguments are of any type, so these functions forget theirs.
type Loose = (...given: unknown[]) => unknown
const loose = addon as unknown as Record<
  'samplePatchData' | 'forward' | 'gradients' | 'attack' | 'tryLock',
  Loose
>
const kernels = addon.kernels as unknown as Record<keyof typeof addon.kernels, Loose>
const random = addon.random as unknown as Record<keyof typeof addon.random, Loose>
const PatchData = addon.PatchData as unknown as new (
  ...given: unknown[]
) => Record<'inputs' | 'select', Loose>
const Trainer = addon.Trainer as unknown as new (...given: unknown[]) => Record<'advance', Loose>

export const calls: readonly Call[] = [
  {
    name: 'new PatchData',
    arguments: () => [structuredClone(dataOptions)],
    invoke: (...given) => new PatchData(...given),
  },
  {
    name: 'PatchData.inputs',
    arguments: () => [0, 1],
    invoke: (...given) => new PatchData(structuredClone(dataOptions)).inputs(...given),
  },
  {
    name: 'PatchData.select',
    arguments: () => [Int32Array.of(1, 0)],
    invoke: (...given) => new PatchData(structuredClone(dataOptions)).select(...given),
  },
  {
    name: 'samplePatchData',
    arguments: () => [
      {
        ...execution(),
        precision: 'float32',
        samples: 3,
        classes: 2,
        dimension: 4,
        robustPatches: 1,
        nonRobustPatches: 2,
        robustStrength: { low: 1, high: 2 },
        nonRobustStrength: { low: 0.5, high: 0.5 },
        noise: 0.1,
        robustFeatures: new Float64Array(8),
        nonRobustFeatures: new Float64Array(8),
        shuffled: true,
        parts: 'all',
        seed: 1,
        stream: 'train',
      },
    ],
    invoke: loose.samplePatchData,
  },
  {
    name: 'forward',
    arguments: () => [freshNetwork(), freshData(), perturbation(), execution()],
    invoke: loose.forward,
  },
  {
    name: 'gradients',
    arguments: () => [
      freshNetwork(),
      freshData(),
      perturbation(),
      { ...execution(), loss: 'crossEntropy', surrogateSlope: 0, weights: true, inputs: true },
    ],
    invoke: loose.gradients,
  },
  {
    name: 'attack',
    arguments: () => [
      freshNetwork(),
      freshData(),
      [gradientAscent({ steps: 1 }), featureAligned(network)],
      { ...execution(), seed: 1, round: 0, keepPerturbations: true },
    ],
    invoke: loose.attack,
  },
  {
    name: 'new Trainer',
    arguments: () => [freshTrainerOptions()],
    invoke: (...given) => new Trainer(...given),
  },
  {
    name: 'Trainer.advance',
    arguments: () => [{ ...execution(), seconds: 0, until: 1 }],
    invoke: (...given) => new Trainer(freshTrainerOptions()).advance(...given),
  },
  { name: 'tryLock', arguments: () => [openFile], invoke: loose.tryLock },
  ...(['uniform', 'normal', 'permutation'] as const).map(
    (name): Call => ({ name: `random.${name}`, arguments: () => [1, 'stream', 0, 5], invoke: random[name] }),
  ),
  {
    name: 'kernels.activation',
    arguments: () => [activation(), 0, new Float32Array(5), new Float32Array(5), new Float32Array(5)],
    invoke: kernels.activation,
  },
  {
    name: 'kernels.activationColumnSums',
    arguments: () => [activation(), 2, 3, new Float32Array(6), new Float64Array(3)],
    invoke: kernels.activationColumnSums,
  },
  {
    name: 'kernels.product',
    arguments: () => ['nt', 2, 3, 4, new Float64Array(8), new Float64Array(12), new Float64Array(6)],
    invoke: kernels.product,
  },
  {
    name: 'kernels.residual',
    arguments: () => ['margin', Float64Array.of(1, 2, 3), 1, new Float64Array(3)],
    invoke: kernels.residual,
  },
  {
    name: 'kernels.ascend',
    arguments: () => ['normalized', 'l2', 1, 0.5, 2, new Float32Array(4), new Float32Array(4)],
    invoke: kernels.ascend,
  },
  { name: 'kernels.project', arguments: () => ['linf', 1, 2, new Float32Array(4)], invoke: kernels.project },
  { name: 'kernels.norm', arguments: () => ['l2', new Float32Array(4)], invoke: kernels.norm },
]

export type Path = readonly (string | number)[]

/** Every place in the arguments: the arguments themselves and all members of their objects and arrays. */
export function placesIn(value: unknown, path: Path = []): Path[] {
  const own = path.length === 0 ? [] : [path]
  const isPlain = typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)
  if (!isPlain || !(Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype)) return own
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value)
  return [...own, ...[...keys].flatMap((key) => placesIn(at(value, [key]), [...path, key]))]
}

export function at(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((part, key) => (part as Record<string | number, unknown>)[key], value)
}

/** The arguments with another value at one place. */
export function withValueAt(given: unknown[], path: Path, value: unknown): unknown[] {
  const parent = at(given, path.slice(0, -1)) as Record<string | number, unknown>
  parent[path.at(-1)!] = value
  return given
}
