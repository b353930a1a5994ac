// Makes 2.4 GB of data or of trainers that nobody keeps, and prints the most memory the process held, in MB.
// Arguments: the addon, of layered networks or not; `data`, `trainers`, `images` or `layered trainers`.
import { endlessTrainer, loadAddon, makeData } from './load.mjs'
import { imageOptions, makeNetwork, makeTrainer, numbers } from './load-layered.mjs'

const [path, what] = process.argv.slice(2)
const addon = loadAddon(path)
const bytes = 8e6

/** Every trainer keeps a copy, by far the most of what it holds. */
const learningRates = new Float64Array(bytes / Float64Array.BYTES_PER_ELEMENT).fill(1e-3)

/** Indices that select copies of some samples. */
const first = (count) => new Int32Array(count)

const makers = {
  data: () => {
    const data = makeData(addon, 1)
    const indices = first(bytes / (32 * Float32Array.BYTES_PER_ELEMENT))
    return () => data.select(indices)
  },
  trainers: () => () => endlessTrainer(addon, 1, learningRates),
  images: () => {
    const data = new addon.ImageData(imageOptions(1))
    const indices = first(Math.round(bytes / numbers))
    return () => data.select(indices)
  },
  'layered trainers': () => {
    const network = makeNetwork(addon)
    const data = new addon.ImageData(imageOptions(1))
    return () => makeTrainer(addon, network, data, learningRates)
  },
}

const make = makers[what]()
let most = 0
for (let i = 0; i < 300; i++) {
  make()
  await new Promise(setImmediate)
  most = Math.max(most, process.memoryUsage.rss())
}
console.log(Math.round(most / 1e6))
