// Drops every handle of running operations and collects garbage until they end. Needs --expose-gc.
import { collecting } from './disturb.mjs'
import { attack, attackOptions, gradientOptions, loadAddon, makeData, network } from './load.mjs'

const addon = loadAddon(process.argv[2])
function start() {
  const data = makeData(addon, 2000)
  const trainer = new addon.Trainer({
    network,
    data: data.select(data.labels()),
    attacks: [attack],
    cleanWeight: 0,
    learningRates: new Float64Array(20).fill(0.01),
    momentum: 0.5,
    batchSize: 0,
    seed: 1,
    recordEvery: 1,
    probes: new Float64Array(16),
    iteration: 0,
  })
  return [
    trainer.advance({
      threads: 2,
      seconds: Number.POSITIVE_INFINITY,
      cancellation: new addon.Cancellation(),
    }),
    addon.attack(network, makeData(addon, 2000), [attack], { ...attackOptions, threads: 2 }),
    addon.gradients(network, data, undefined, { ...gradientOptions, threads: 2 }),
    addon.forward(network, makeData(addon, 5000), undefined, { threads: 2 }),
  ]
}

const results = await collecting(Promise.all(Array.from({ length: 5 }, start).flat()))
console.log(results.length)
