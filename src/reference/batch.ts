import type {
  FloatArray,
  NativeForwardResult,
  NativeGradientOptions,
  NativeGradientResult,
  NativeNetwork,
} from '../native/contract.js'
import { crossEntropy, margin, residual } from './loss.js'
import { sampleInputGradient, sampleScores, sampleWeightGradient } from './network.js'
import { type PatchData, perturbedInput } from './patches.js'

/** Class scores (N × k), cross-entropy and margin (N) of every sample; twin of `NativeAddon.forward`. */
export function forward(
  network: NativeNetwork,
  data: PatchData,
  perturbation?: FloatArray,
): NativeForwardResult {
  const scores = new Float64Array(data.samples * network.classes)
  const loss = new Float64Array(data.samples)
  const margins = new Float64Array(data.samples)
  for (let n = 0; n < data.samples; n++) {
    const own = sampleScores(network, data, perturbedInput(data, n, perturbation))
    scores.set(own, n * network.classes)
    loss[n] = crossEntropy(own, data.labels[n]!)
    margins[n] = margin(own, data.labels[n]!)
  }
  return { scores, loss, margin: margins }
}

export type GradientOptions = Pick<NativeGradientOptions, 'loss' | 'surrogateSlope' | 'weights' | 'inputs'>

/**
 * Loss per sample; (1/N) Σ_n ∂loss_n/∂W (f × d, zero when N = 0) and ∂loss_n/∂x_n (N × inputSize)
 * when asked for. Twin of `NativeAddon.gradients`.
 */
export function gradients(
  network: NativeNetwork,
  data: PatchData,
  perturbation: FloatArray | undefined,
  options: GradientOptions,
): NativeGradientResult {
  const { loss: kind, surrogateSlope } = options
  const loss = new Float64Array(data.samples)
  const weightGradient = new Float64Array(network.weights.length)
  const inputGradient = new Float64Array(data.samples * data.inputSize)
  for (let n = 0; n < data.samples; n++) {
    const input = perturbedInput(data, n, perturbation)
    const label = data.labels[n]!
    const scores = sampleScores(network, data, input)
    loss[n] = residual(kind, scores, label, new Float64Array(network.classes)).loss
    if (options.weights) {
      const { scale, gradient } = sampleWeightGradient(network, data, input, label, kind, surrogateSlope)
      for (let i = 0; i < gradient.length; i++) weightGradient[i]! += (scale * gradient[i]!) / data.samples
    }
    if (options.inputs) {
      const { scale, gradient } = sampleInputGradient(network, data, input, label, kind, surrogateSlope)
      for (let i = 0; i < gradient.length; i++) inputGradient[n * data.inputSize + i] = scale * gradient[i]!
    }
  }
  return {
    loss,
    ...(options.weights ? { weightGradient } : {}),
    ...(options.inputs ? { inputGradient } : {}),
  }
}
