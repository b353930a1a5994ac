import type { NativeExecution, NativeSampleOptions } from '../native/contract.js'
import type { PatchData } from './patches.js'
import { normal, permutation, uniform } from './philox.js'

export type SampleOptions = Omit<NativeSampleOptions, keyof NativeExecution | 'precision'>

/**
 * Draws N samples in double precision; twin of `NativeAddon.samplePatchData`. Sample i has label y = ⌊u k⌋,
 * and for slot p, at position π(p) when `shuffled` and at p otherwise,
 *
 * x_{π(p)} = (low + (high − low) u_p) · feature + noise · ξ,   ξ ~ N(0, I),
 *
 * where feature is u_y in the first `robustPatches` slots and v_y in the rest, absent when `parts` drops it.
 * Streams, all with item i: `data/S/label`, `data/S/strength`, `data/S/order`, `data/S/noise`, S = `stream`.
 */
export function samplePatchData(options: SampleOptions): PatchData {
  const { samples, classes, dimension, seed, stream } = options
  const patches = options.robustPatches + options.nonRobustPatches
  const inputSize = patches * dimension
  const inputs = new Float64Array(samples * inputSize)
  const labels = new Int32Array(samples)
  for (let i = 0; i < samples; i++) {
    labels[i] = Math.floor(uniform(seed, `data/${stream}/label`, i, 1)[0]! * classes)
    inputs.set(sampleInput(options, i, labels[i]!), i * inputSize)
  }
  return { samples, patches, dimension, classes, inputSize, inputs, labels }
}

/** P × d numbers of sample i. */
function sampleInput(options: SampleOptions, i: number, label: number): Float64Array {
  const { dimension, robustPatches, seed, stream } = options
  const patches = robustPatches + options.nonRobustPatches
  const draws = uniform(seed, `data/${stream}/strength`, i, patches)
  const noise = normal(seed, `data/${stream}/noise`, i, patches * dimension)
  const order = permutation(seed, `data/${stream}/order`, i, patches)

  const input = new Float64Array(patches * dimension)
  for (let slot = 0; slot < patches; slot++) {
    const robust = slot < robustPatches
    const kept = options.parts === 'all' || options.parts === (robust ? 'robust' : 'nonRobust')
    const { low, high } = robust ? options.robustStrength : options.nonRobustStrength
    const strength = kept ? low + (high - low) * draws[slot]! : 0
    const features = robust ? options.robustFeatures : options.nonRobustFeatures
    const position = options.shuffled ? order[slot]! : slot
    for (let e = 0; e < dimension; e++) {
      const at = position * dimension + e
      input[at] = strength * features[label * dimension + e]! + options.noise * noise[at]!
    }
  }
  return input
}
