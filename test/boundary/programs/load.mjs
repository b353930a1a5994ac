import { createRequire } from 'node:module'

/** As the package's own error class; programs load the built addon alone, by path. */
export class RobustFeaturesError extends Error {
  name = 'RobustFeaturesError'

  constructor(code, message) {
    super(message)
    this.code = code
  }
}

export function loadAddon(path) {
  const addon = createRequire(import.meta.url)(path)
  addon.setErrorClass(RobustFeaturesError)
  return addon
}

export const network = {
  classes: 2,
  filtersPerClass: 4,
  dimension: 16,
  activation: { kind: 'smoothedRelu', power: 3, threshold: 1 },
  weights: new Float32Array(128).fill(0.1),
}

export function makeData(addon, samples) {
  return new addon.PatchData({
    samples,
    patches: 2,
    dimension: 16,
    classes: 2,
    inputSize: 32,
    inputs: new Float32Array(samples * 32).map((_, i) => Math.sin(i)),
    labels: new Int32Array(samples).map((_, i) => i % 2),
  })
}

export const attack = {
  kind: 'gradientAscent',
  loss: 'crossEntropy',
  rule: 'normalized',
  norm: 'l2',
  budget: 'patch',
  radius: 1,
  steps: 3,
  stepSize: 0.1,
  randomStart: true,
  restarts: 2,
  surrogateSlope: 0,
  lower: Number.NEGATIVE_INFINITY,
  upper: Number.POSITIVE_INFINITY,
}

export const attackOptions = { seed: 1, round: 1, keepPerturbations: true }

/** Hours of adversarial training. */
export function endlessTrainer(addon, samples = 20000, learningRates = new Float64Array(1e6).fill(1e-3)) {
  return new addon.Trainer({
    network,
    data: makeData(addon, samples),
    attacks: [attack],
    cleanWeight: 0.5,
    learningRates,
    momentum: 0.5,
    batchSize: 0,
    seed: 1,
    recordEvery: 1,
    probes: new Float64Array(16),
    iteration: 0,
  })
}

export const gradientOptions = { loss: 'margin', surrogateSlope: 0, weights: true, inputs: true }

/** Runs `action` for ever, whatever it throws. */
export async function forever(action) {
  for (;;) {
    try {
      await action()
    } catch {}
  }
}
