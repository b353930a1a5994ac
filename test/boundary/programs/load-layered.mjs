const side = 12
export const numbers = side * side
const convolution = { kind: 'convolution', outputs: 16, window: 3, stride: 1, padding: 1, bias: false }
const operations = [
  { ...convolution, input: 0 },
  { kind: 'activation', input: 1, activation: { kind: 'relu', power: 2, threshold: 1 } },
  { ...convolution, input: 2 },
  { kind: 'dense', input: 3, outputs: 2, bias: false },
]
const architecture = { height: side, width: side, channels: 1, operations }

export function makeNetwork(addon) {
  const { weights, weightCount } = addon.layout(architecture).at(-1)
  const parameters = new Float32Array(weights + weightCount).map((_, i) => Math.sin(i) / 100)
  return { architecture, parameters, statistics: new Float32Array() }
}

/** What the addon's ImageData takes; of arrays handed through `own`. */
export function imageOptions(samples, own = (array) => array) {
  return {
    samples,
    height: side,
    width: side,
    channels: 1,
    classes: 2,
    images: own(new Uint8Array(samples * numbers).map((_, i) => (i * 37 + 11) % 256)),
    labels: own(new Int32Array(samples).map((_, i) => i % 2)),
  }
}

export const imageAttack = {
  kind: 'gradientAscent',
  loss: 'crossEntropy',
  rule: 'normalized',
  norm: 'linf',
  budget: 'input',
  radius: 0.001,
  steps: 3,
  stepSize: 0.0005,
  randomStart: true,
  restarts: 2,
  surrogateSlope: 0,
  lower: 0,
  upper: 1,
}

export const imageAttackOptions = { seed: 1, round: 0, keepPerturbations: true, stopWhenFooled: false }

/** The addon's Trainer of adversarial training, an update for each rate; arrays are handed through `own`. */
export function makeTrainer(addon, network, data, learningRates, own = (array) => array) {
  return new addon.Trainer({
    network,
    data,
    attacks: [imageAttack],
    cleanWeight: 0.5,
    learningRates: own(learningRates),
    optimizer: { kind: 'sgd', momentum: 0.5, nesterov: false, weightDecay: 0 },
    batchSize: 32,
    padding: 1,
    flip: true,
    seed: 1,
    recordEvery: 1,
    iteration: 0,
    moments: own(new Float32Array(network.parameters.length)),
  })
}
