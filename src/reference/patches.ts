import type { FloatArray, NativePatchDataOptions } from '../native/contract.js'

/** Samples as plain arrays: what the addon's `PatchData` is made from. */
export type PatchData = NativePatchDataOptions

/** How the P × d patch matrix of a sample is read from its `inputSize` numbers. */
export type PatchShape = Pick<NativePatchDataOptions, 'patches' | 'dimension' | 'inputSize' | 'layout'>

/** x_n + δ_n as a fresh array of `inputSize` numbers; `perturbation` is N × inputSize. */
export function perturbedInput(data: PatchData, n: number, perturbation?: FloatArray): Float64Array {
  const input = new Float64Array(data.inputSize)
  for (let i = 0; i < data.inputSize; i++) {
    input[i] = data.inputs[n * data.inputSize + i]!
    if (perturbation !== undefined) input[i]! += perturbation[n * data.inputSize + i]!
  }
  return input
}

/** P × d patches of one input: patches[i] = input[layout[i]], or input[i] without a layout. */
export function gatherPatches(shape: PatchShape, input: Float64Array): Float64Array {
  const patches = new Float64Array(shape.patches * shape.dimension)
  for (let i = 0; i < patches.length; i++) {
    patches[i] = input[positionOf(shape, i)]!
  }
  return patches
}

/** The transpose of `gatherPatches`: a position read by several patches gets the sum of their gradients. */
export function scatterPatches(shape: PatchShape, patchGradient: Float64Array): Float64Array {
  const inputGradient = new Float64Array(shape.inputSize)
  for (let i = 0; i < patchGradient.length; i++) {
    inputGradient[positionOf(shape, i)]! += patchGradient[i]!
  }
  return inputGradient
}

/** Where number i of the P × d patch matrix stands in the input. */
function positionOf(shape: PatchShape, i: number): number {
  return shape.layout === undefined ? i : shape.layout[i]!
}

/** New data holding the given samples, in the given order. */
export function selectSamples(data: PatchData, indices: Int32Array): PatchData {
  const inputs = new Float64Array(indices.length * data.inputSize)
  const labels = new Int32Array(indices.length)
  for (let n = 0; n < indices.length; n++) {
    inputs.set(perturbedInput(data, indices[n]!), n * data.inputSize)
    labels[n] = data.labels[indices[n]!]!
  }
  return { ...data, samples: indices.length, inputs, labels }
}
