// process.exit() while operations run. Arguments: addon, milliseconds until then (0: at once).
import { attack, attackOptions, endlessTrainer, loadAddon, makeData, network } from './load.mjs'

const [path, milliseconds] = process.argv.slice(2)
const addon = loadAddon(path)
const data = makeData(addon, 20000)
endlessTrainer(addon).advance({ threads: 3, seconds: Number.POSITIVE_INFINITY })
addon.attack(network, data, [{ ...attack, steps: 100000 }], { ...attackOptions, threads: 2 })
for (let i = 0; i < 4; i++) addon.forward(network, data, undefined, { threads: 2 })
if (Number(milliseconds) === 0) process.exit(7)
setTimeout(() => process.exit(7), Number(milliseconds))
