// Calls every function of the addon with arguments that are nearly right and prints how the calls ended. What they
// throw must be the package's error, in one sentence. Arguments: addon, seed, number of calls.
import fc from 'fast-check'
import { attack, attackOptions, gradientOptions, loadAddon, network, RobustFeaturesError } from './load.mjs'

const [path, seed, count] = process.argv.slice(2)
const addon = loadAddon(path)

const dataOptions = () => ({
  samples: 4,
  patches: 2,
  dimension: 16,
  classes: 2,
  inputSize: 32,
  inputs: new Float32Array(128).fill(0.5),
  labels: Int32Array.of(0, 1, 1, 0),
  layout: new Int32Array(32).map((_, i) => i),
})
const plainData = () => new addon.PatchData({ ...dataOptions(), layout: undefined })
const model = () => structuredClone(network)
const aligned = () => ({
  kind: 'featureAligned',
  norm: 'linf',
  budget: 'input',
  radius: 1,
  splits: 3,
  selection: 'perPatch',
  robustFeatures: new Float64Array(32),
  nonRobustFeatures: new Float64Array(32),
})
const trainerOptions = () => ({
  network: model(),
  data: plainData(),
  attacks: [{ ...attack }],
  cleanWeight: 0.5,
  learningRates: new Float64Array(3).fill(0.1),
  momentum: 0.5,
  batchSize: 3,
  seed: 1,
  recordEvery: 1,
  probes: new Float64Array(32),
  iteration: 0,
  velocity: new Float32Array(128),
})
const sampling = () => ({
  precision: 'float64',
  samples: 3,
  classes: 2,
  dimension: 4,
  robustPatches: 1,
  nonRobustPatches: 2,
  robustStrength: { low: 1, high: 2 },
  nonRobustStrength: { low: 1, high: 2 },
  noise: 0.1,
  robustFeatures: new Float64Array(8),
  nonRobustFeatures: new Float64Array(8),
  shuffled: true,
  parts: 'robust',
  seed: 1,
  stream: 's',
  threads: 2,
})
const activation = () => structuredClone(network.activation)
const { kernels, random } = addon

const functions = [
  [() => [dataOptions()], (...given) => new addon.PatchData(...given)],
  [() => [0, 2], (...given) => plainData().inputs(...given)],
  [() => [Int32Array.of(1, 0)], (...given) => plainData().select(...given)],
  [() => [sampling()], addon.samplePatchData],
  [() => [model(), plainData(), new Float32Array(128), { threads: 2 }], addon.forward],
  [() => [model(), plainData(), undefined, { ...gradientOptions, threads: 1 }], addon.gradients],
  [() => [model(), plainData(), [{ ...attack }, aligned()], { ...attackOptions, threads: 2 }], addon.attack],
  [() => [trainerOptions()], (...given) => new addon.Trainer(...given).advance({ threads: 1, seconds: 1e9 })],
  [() => [{ threads: 1, seconds: 0 }], (...given) => new addon.Trainer(trainerOptions()).advance(...given)],
  [() => [1, 's', 0, 5], random.uniform],
  [() => [1, 's', 0, 5], random.normal],
  [() => [1, 's', 0, 5], random.permutation],
  [() => [activation(), 0, ...[5, 5, 5].map((n) => new Float32Array(n))], kernels.activation],
  [() => [activation(), 2, 3, new Float32Array(6), new Float64Array(3)], kernels.activationColumnSums],
  [() => ['tn', 2, 3, 4, ...[8, 12, 6].map((n) => new Float64Array(n))], kernels.product],
  [() => ['margin', new Float64Array(3), 1, new Float64Array(3)], kernels.residual],
  [() => ['gradient', 'l2', 1, 1, 2, new Float32Array(4), new Float32Array(4)], kernels.ascend],
  [() => ['linf', 1, 2, new Float32Array(4)], kernels.project],
  [() => ['l2', new Float64Array(4)], kernels.norm],
]

function detached() {
  const array = new Float32Array(5)
  structuredClone(array, { transfer: [array.buffer] })
  return array
}

// Numbers stay below 100 or leave the range of every size, so that a call is refused or quick.
const numbers = fc.oneof(
  fc.constantFrom(0, -0, 1, 2, 3, 4, 7, 16, 32, 64, 0.5, 1e-30),
  fc.constantFrom(-1, 1e-320, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, Number.NaN, Number.POSITIVE_INFINITY),
  fc.double({ min: -100, max: 100 }),
)
const texts = fc.oneof(
  fc.constantFrom(
    'l2',
    'linf',
    'patch',
    'input',
    'relu',
    'polynomial',
    'crossEntropy',
    'margin',
    'float32',
    'nn',
  ),
  fc.string(),
)
const arrays = fc.oneof(
  ...[5, 12, 16, 32, 128].flatMap((length) => {
    const size = { minLength: length, maxLength: length }
    return [
      fc.float32Array(size),
      fc.float64Array(size),
      fc.float64Array({ ...size, noNaN: true, min: -9, max: 9 }),
    ]
  }),
  fc.int32Array({ min: -1, max: 33, minLength: 32, maxLength: 32 }),
  fc.int32Array({ min: 0, max: 1, minLength: 4, maxLength: 4 }),
  fc.float64Array({ maxLength: 200 }),
)
const anything = fc.oneof(
  fc.anything(),
  fc
    .constantFrom(
      detached,
      plainData,
      aligned,
      dataOptions,
      () => new addon.Cancellation(),
      () => new addon.Trainer(trainerOptions()),
      () => new Float64Array(new SharedArrayBuffer(64)),
      () => new Proxy({}, {}),
      () => ({ ...attack }),
      () => Symbol('s'),
      () => 1n,
    )
    .map((make) => make()),
)
const change = fc.record({ place: fc.nat(10000), alike: fc.boolean(), numbers, texts, arrays, anything })

/** Puts another value at one of the places of the arguments, of the same type or of any. */
function spoil(given, { place, alike, ...values }) {
  const places = []
  const visit = (parent) => {
    for (const key of Object.keys(parent)) {
      places.push([parent, key])
      const child = parent[key]
      if (Array.isArray(child) || Object.getPrototypeOf(child ?? 0) === Object.prototype) visit(child)
    }
  }
  visit(given)
  const [parent, key] = places[place % places.length]
  const current = parent[key]
  if (!alike) parent[key] = values.anything
  else if (typeof current === 'number') parent[key] = values.numbers
  else if (typeof current === 'string') parent[key] = values.texts
  else if (typeof current === 'boolean') parent[key] = !current
  else if (ArrayBuffer.isView(current)) parent[key] = values.arrays
}

const endings = { returned: 0, refused: 0 }
await fc.assert(
  fc.asyncProperty(
    fc.nat(functions.length - 1),
    fc.array(change, { minLength: 1, maxLength: 2 }),
    async (which, changes) => {
      const [makeArguments, invoke] = functions[which]
      const given = makeArguments()
      for (const one of changes) spoil(given, one)
      try {
        await invoke(...given)
        endings.returned++
      } catch (error) {
        if (!(error instanceof RobustFeaturesError) || !/^[^\r\n]+\.$/.test(error.message)) throw error
        endings.refused++
      }
    },
  ),
  { seed: Number(seed), numRuns: Number(count), endOnFailure: true },
)
console.log(JSON.stringify(endings))
