// process.exit() while the first operation on a layered network runs. Arguments: the layered addon, milliseconds until then.
import { loadAddon } from './load.mjs'

const [path, milliseconds] = process.argv.slice(2)
const addon = loadAddon(path)
const side = 12
const samples = 400
const data = new addon.ImageData({
  samples,
  height: side,
  width: side,
  channels: 1,
  classes: 2,
  images: new Uint8Array(samples * side * side).map((_, i) => (i * 37 + 11) % 256),
  labels: new Int32Array(samples),
})
const convolution = { kind: 'convolution', outputs: 8, window: 3, stride: 1, padding: 1, bias: false }
const operations = [
  { ...convolution, input: 0 },
  { kind: 'activation', input: 1, activation: { kind: 'relu', power: 2, threshold: 1 } },
  { ...convolution, input: 2 },
  { kind: 'dense', input: 3, outputs: 2, bias: false },
]
const architecture = { height: side, width: side, channels: 1, operations }
const { weights, weightCount } = addon.layout(architecture).at(-1)
const parameters = new Float32Array(weights + weightCount).fill(0.01)
const network = { architecture, parameters, statistics: new Float32Array(0) }
const attack = {
  kind: 'gradientAscent',
  loss: 'crossEntropy',
  rule: 'normalized',
  norm: 'linf',
  budget: 'input',
  radius: 0.001,
  steps: 100000,
  stepSize: 0.0001,
  randomStart: false,
  restarts: 1,
  surrogateSlope: 0,
  lower: 0,
  upper: 1,
}
const options = { threads: 2, seed: 1, round: 0, keepPerturbations: false, stopWhenFooled: false }
addon.attack(network, data, [attack], options).catch(() => undefined)
setTimeout(() => process.exit(7), Number(milliseconds))
