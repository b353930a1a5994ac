// Makes 2.4 GB of data that nobody keeps, and prints the most memory the process held, in MB.
import { loadAddon } from './load.mjs'

const addon = loadAddon(process.argv[2])
const samples = 1000
const data = new addon.PatchData({
  samples,
  patches: 1,
  dimension: 1000,
  classes: 2,
  inputSize: 1000,
  inputs: new Float64Array(samples * 1000),
  labels: new Int32Array(samples),
})
const everything = new Int32Array(samples).map((_, i) => i)
let most = 0
for (let i = 0; i < 300; i++) {
  data.select(everything)
  await new Promise(setImmediate)
  most = Math.max(most, process.memoryUsage.rss())
}
console.log(Math.round(most / 1e6))
