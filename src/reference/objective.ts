import type { NativeNetwork, NativeTrainerOptions } from '../native/contract.js'
import { worstPerturbation } from './attack.js'
import { forward, gradients } from './batch.js'
import { margin } from './loss.js'
import { type PatchData, perturbedInput, selectSamples } from './patches.js'
import { mean, plus, row } from './vectors.js'

export type ObjectiveOptions = Pick<NativeTrainerOptions, 'attacks' | 'cleanWeight' | 'seed'>

/** Value and weight gradient (f × d) of the training objective on a batch. */
export interface Objective {
  loss: number
  gradient: Float64Array
  /** Of the batch as attacked; absent without attacks. */
  adversarialLoss?: number
  adversarialAccuracy?: number
}

/** Mean cross-entropy, and the share of samples with a margin > 0. */
export function lossAndAccuracy(network: NativeNetwork, data: PatchData): { loss: number; accuracy: number } {
  const { scores, loss } = forward(network, data)
  let correct = 0
  for (let n = 0; n < data.samples; n++) {
    if (margin(row(scores, n, network.classes), data.labels[n]!) > 0) correct++
  }
  return { loss: mean(loss), accuracy: correct / data.samples }
}

/**
 * λ · clean + (1 − λ) · adversarial mean cross-entropy on the samples of `batch` (indices into `data`), with
 * λ = `cleanWeight`; the clean loss alone without attacks. Adversarial: every sample under the worst of its
 * perturbations, which the gradient takes as given.
 */
export function objective(
  network: NativeNetwork,
  data: PatchData,
  batch: Int32Array,
  iteration: number,
  options: ObjectiveOptions,
): Objective {
  const selected = selectSamples(data, batch)
  const clean = lossAndAccuracy(network, selected)
  const cleanGradient = meanGradient(network, selected)
  if (options.attacks.length === 0) return { loss: clean.loss, gradient: cleanGradient }

  const attacked = attackedSamples(network, selected, batch, iteration, options)
  const adversarial = lossAndAccuracy(network, attacked)
  const adversarialGradient = meanGradient(network, attacked)
  const mix = (cleanPart: number, adversarialPart: number) =>
    options.cleanWeight * cleanPart + (1 - options.cleanWeight) * adversarialPart
  return {
    loss: mix(clean.loss, adversarial.loss),
    gradient: cleanGradient.map((value, i) => mix(value, adversarialGradient[i]!)),
    adversarialLoss: adversarial.loss,
    adversarialAccuracy: adversarial.accuracy,
  }
}

/** The batch, every sample moved by its worst perturbation; random numbers go by the data set's indices. */
function attackedSamples(
  network: NativeNetwork,
  selected: PatchData,
  batch: Int32Array,
  iteration: number,
  options: ObjectiveOptions,
): PatchData {
  const inputs = new Float64Array(selected.inputs.length)
  for (let n = 0; n < selected.samples; n++) {
    const input = perturbedInput(selected, n)
    const key = { seed: options.seed, round: iteration, item: batch[n]! }
    const perturbation = worstPerturbation(
      network,
      selected,
      input,
      selected.labels[n]!,
      options.attacks,
      key,
    )
    inputs.set(plus(input, perturbation), n * selected.inputSize)
  }
  return { ...selected, inputs }
}

/** Gradient of the mean cross-entropy with the true slopes, f × d. */
function meanGradient(network: NativeNetwork, data: PatchData): Float64Array {
  const options = { loss: 'crossEntropy', surrogateSlope: 0, weights: true, inputs: false } as const
  const { weightGradient } = gradients(network, data, undefined, options)
  return Float64Array.from(weightGradient ?? [])
}
