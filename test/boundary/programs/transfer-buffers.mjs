// Disturbs every buffer an operation was given while it runs. Needs --expose-gc.
import { checkUndisturbed } from './disturb.mjs'
import { attack, attackOptions, gradientOptions, loadAddon, network } from './load.mjs'

const addon = loadAddon(process.argv[2])
const samples = 3000
const pattern = (length) => new Float32Array(length).map((_, i) => Math.sin(i))

function start(own) {
  const data = new addon.PatchData({
    samples,
    patches: 2,
    dimension: 16,
    classes: 2,
    inputSize: 32,
    inputs: own(pattern(samples * 32)),
    labels: own(new Int32Array(samples).fill(1)),
    layout: own(new Int32Array(32).map((_, i) => i)),
  })
  const model = () => ({ ...network, weights: own(network.weights.slice()) })
  const features = () => own(new Float64Array(32).map((_, i) => (i % 17 === 0 ? 1 : 0)))
  const trainer = new addon.Trainer({
    network: model(),
    data,
    attacks: [],
    cleanWeight: 0,
    learningRates: own(new Float64Array(5).fill(0.01)),
    momentum: 0.5,
    batchSize: 0,
    seed: 1,
    recordEvery: 1,
    probes: own(new Float64Array(16).fill(1)),
    iteration: 0,
    velocity: own(new Float32Array(128)),
  })
  const plain = data.select(own(new Int32Array(samples).map((_, i) => i)))
  const range = { low: 1, high: 2 }
  return Promise.all([
    trainer.advance({ threads: 2, seconds: Number.POSITIVE_INFINITY }),
    addon.attack(model(), plain, [{ ...attack, budget: 'input' }], { ...attackOptions, threads: 2 }),
    addon.gradients(model(), data, own(pattern(samples * 32)), { ...gradientOptions, threads: 2 }),
    addon.forward(model(), data, own(pattern(samples * 32)), { threads: 2 }),
    addon
      .samplePatchData({
        precision: 'float32',
        samples,
        classes: 2,
        dimension: 16,
        robustPatches: 1,
        nonRobustPatches: 1,
        robustStrength: range,
        nonRobustStrength: range,
        noise: 1,
        robustFeatures: features(),
        nonRobustFeatures: features(),
        shuffled: true,
        parts: 'all',
        seed: 1,
        stream: 's',
        threads: 2,
      })
      .then((sampled) => sampled.inputs(0, samples)),
  ])
}

await checkUndisturbed(start)
console.log('same')
