import type { LossKind, NativeNetwork } from '../native/contract.js'
import { activationValue, surrogateActivationSlope } from './activation.js'
import { type Residual, residual } from './loss.js'
import { gatherPatches, type PatchShape, scatterPatches } from './patches.js'

/** A gradient of one sample's loss without its scale: ∂loss/∂(·) = scale · `gradient`. */
export interface SampleGradient extends Residual {
  gradient: Float64Array
}

/** z_{p,f} = ⟨w_f, x_p⟩, P × f, for P × d patches. */
export function preActivations(network: NativeNetwork, patches: Float64Array): Float64Array {
  const { dimension, weights } = network
  const filters = network.classes * network.filtersPerClass
  const count = patches.length / dimension
  const z = new Float64Array(count * filters)
  for (let p = 0; p < count; p++) {
    for (let f = 0; f < filters; f++) {
      for (let e = 0; e < dimension; e++) {
        z[p * filters + f]! += weights[f * dimension + e]! * patches[p * dimension + e]!
      }
    }
  }
  return z
}

/** F_i = Σ_{r<m} Σ_p σ(z_{p,(i,r)}), k numbers, for P × f pre-activations. */
export function classScores(network: NativeNetwork, z: Float64Array): Float64Array {
  const filters = network.classes * network.filtersPerClass
  const scores = new Float64Array(network.classes)
  for (let i = 0; i < z.length; i++) {
    const filter = i % filters
    scores[classOf(network, filter)]! += activationValue(network.activation, z[i]!)
  }
  return scores
}

/** F(x), k class scores of one input. */
export function sampleScores(network: NativeNetwork, shape: PatchShape, input: Float64Array): Float64Array {
  return classScores(network, preActivations(network, gatherPatches(shape, input)))
}

/**
 * Gradient with respect to the input, `inputSize` numbers: Σ_f D_{p,f} w_f on patch p, scatter-added
 * through the layout, with D_{p,f} = direction_{class of f} · max(σ′(z_{p,f}), `surrogateSlope`).
 */
export function sampleInputGradient(
  network: NativeNetwork,
  shape: PatchShape,
  input: Float64Array,
  label: number,
  loss: LossKind,
  surrogateSlope: number,
): SampleGradient {
  const { dimension, weights } = network
  const filters = network.classes * network.filtersPerClass
  const patches = gatherPatches(shape, input)
  const { derivative, ...sampleResidual } = backward(network, patches, label, loss, surrogateSlope)
  const patchGradient = new Float64Array(patches.length)
  for (let p = 0; p < shape.patches; p++) {
    for (let f = 0; f < filters; f++) {
      for (let e = 0; e < dimension; e++) {
        patchGradient[p * dimension + e]! += derivative[p * filters + f]! * weights[f * dimension + e]!
      }
    }
  }
  return { ...sampleResidual, gradient: scatterPatches(shape, patchGradient) }
}

/** Gradient with respect to the weights, f × d: Σ_p D_{p,f} x_p, with D as in `sampleInputGradient`. */
export function sampleWeightGradient(
  network: NativeNetwork,
  shape: PatchShape,
  input: Float64Array,
  label: number,
  loss: LossKind,
  surrogateSlope: number,
): SampleGradient {
  const { dimension } = network
  const filters = network.classes * network.filtersPerClass
  const patches = gatherPatches(shape, input)
  const { derivative, ...sampleResidual } = backward(network, patches, label, loss, surrogateSlope)
  const gradient = new Float64Array(filters * dimension)
  for (let p = 0; p < shape.patches; p++) {
    for (let f = 0; f < filters; f++) {
      for (let e = 0; e < dimension; e++) {
        gradient[f * dimension + e]! += derivative[p * filters + f]! * patches[p * dimension + e]!
      }
    }
  }
  return { ...sampleResidual, gradient }
}

/** D, P × f: derivative of direction · F with respect to every pre-activation. */
function backward(
  network: NativeNetwork,
  patches: Float64Array,
  label: number,
  loss: LossKind,
  surrogateSlope: number,
): Residual & { derivative: Float64Array } {
  const filters = network.classes * network.filtersPerClass
  const z = preActivations(network, patches)
  const direction = new Float64Array(network.classes)
  const sampleResidual = residual(loss, classScores(network, z), label, direction)
  const derivative = new Float64Array(z.length)
  for (let i = 0; i < z.length; i++) {
    derivative[i] =
      direction[classOf(network, i % filters)]! *
      surrogateActivationSlope(network.activation, surrogateSlope, z[i]!)
  }
  return { ...sampleResidual, derivative }
}

/** Filters are ordered class by class. */
function classOf(network: NativeNetwork, filter: number): number {
  return Math.floor(filter / network.filtersPerClass)
}
