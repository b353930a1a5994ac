// Drops every handle of running operations on layered networks and collects garbage until they end. Needs --expose-gc.
import { collecting } from './disturb.mjs'
import { loadAddon } from './load.mjs'
import { imageAttack, imageAttackOptions, imageOptions, makeNetwork, makeTrainer } from './load-layered.mjs'

const addon = loadAddon(process.argv[2])

function start() {
  const makeData = (samples) => new addon.ImageData(imageOptions(samples))
  const execution = { threads: 2, cancellation: new addon.Cancellation() }
  const trainer = makeTrainer(addon, makeNetwork(addon), makeData(60), new Float64Array(4).fill(0.01))
  return [
    trainer.advance({ ...execution, seconds: Number.POSITIVE_INFINITY }),
    addon.attack(makeNetwork(addon), makeData(40), [imageAttack], { ...imageAttackOptions, ...execution }),
    addon.forward(makeNetwork(addon), makeData(500), undefined, execution),
  ]
}

const results = await collecting(Promise.all(Array.from({ length: 5 }, start).flat()))
console.log(results.length)
