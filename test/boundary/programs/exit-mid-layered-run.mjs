// process.exit() while the first operation on a layered network runs. Arguments: the layered addon, milliseconds until then.
import { loadAddon } from './load.mjs'
import { imageAttack, imageAttackOptions, imageOptions, makeNetwork } from './load-layered.mjs'

const [path, milliseconds] = process.argv.slice(2)
const addon = loadAddon(path)
const data = new addon.ImageData(imageOptions(400))
addon
  .attack(makeNetwork(addon), data, [{ ...imageAttack, steps: 100000 }], {
    ...imageAttackOptions,
    threads: 2,
  })
  .catch(() => undefined)
setTimeout(() => process.exit(7), Number(milliseconds))
