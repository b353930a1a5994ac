// Disturbs every buffer an operation on layered networks was given while it runs. Needs --expose-gc.
import { checkUndisturbed } from './disturb.mjs'
import { loadAddon } from './load.mjs'
import {
  imageAttack,
  imageAttackOptions,
  imageOptions,
  makeNetwork,
  makeTrainer,
  numbers,
} from './load-layered.mjs'

const addon = loadAddon(process.argv[2])
const samples = 60

await checkUndisturbed((own) => {
  const data = new addon.ImageData(imageOptions(samples, own))
  const plain = data.select(own(new Int32Array(samples).map((_, i) => i)))
  const model = () => {
    const { parameters, statistics, ...rest } = makeNetwork(addon)
    return { ...rest, parameters: own(parameters), statistics }
  }
  const shift = () => own(new Float32Array(samples * numbers).map((_, i) => Math.sin(i) / 10))
  const trainer = makeTrainer(addon, model(), data, new Float64Array(3).fill(0.01), own)
  return Promise.all([
    trainer.advance({ threads: 2, seconds: Number.POSITIVE_INFINITY }),
    addon.attack(model(), plain, [imageAttack], { ...imageAttackOptions, threads: 2 }),
    addon.gradients(model(), data, shift(), { threads: 2, behaviour: 'training' }),
    addon.forward(model(), data, shift(), { threads: 2 }),
  ])
})
console.log('same')
