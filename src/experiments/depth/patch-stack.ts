import type { PatchDistribution } from '../../data/patch-distribution.js'
import { type Activation, relu } from '../../model/activation.js'
import { featureCoefficients, type LearnedFeatures } from '../../model/feature-coefficients.js'
import { LayeredNetwork } from '../../model/layered-network.js'
import { activation, convolution, dense, globalAveragePooling, type Layer } from '../../model/layers.js'
import { decoding, type PatchCode } from './patch-images.js'

/** Networks with one or two layers of filters on patches. */
export const PATCH_DEPTHS = ['one-layer', 'two-layers'] as const
export type PatchDepth = (typeof PATCH_DEPTHS)[number]

export interface PatchStackOptions {
  /** Of the first layer. */
  readonly activation: Activation
  /** σ_0 of the first layer. */
  readonly initialScale: number
  /** m of the last patch layer. */
  readonly filtersPerClass: number
  /** Filters of the first of two layers, which belong to no class. */
  readonly hiddenFilters: number
}

/** Name of the first layer of filters. */
const FIRST = '1'

/**
 * F_i(X) = Σ_p Σ_{r<m} a_{i,r}(x_p), the a of one patch layer σ(⟨w_{i,r}, x⟩), as in a `PatchNetwork`, or of two,
 * max(0, Σ_h w′_{i,r,h} σ(⟨w_h, x⟩)). Pooling gives the mean over the P patches, so the last, dense layer starts with P
 * for a class's own filters and 0 for others; it is trained like the rest, and moves little, for its gradient is
 * P² times smaller in proportion. No biases: a patch of zeros adds nothing. The first layer is drawn from N(0, σ_0²), the
 * second He-normal.
 */
export function patchStack(
  distribution: PatchDistribution,
  code: PatchCode,
  depth: PatchDepth,
  { activation: first, initialScale, filtersPerClass, hiddenFilters }: PatchStackOptions,
  seed: number,
): LayeredNetwork {
  const { classes, dimension, patches } = distribution
  const last = classes * filtersPerClass
  const filters = (channels: number): Layer => convolution({ channels, window: 1, bias: false })
  const layers =
    depth === 'one-layer'
      ? [filters(last), activation(first)]
      : [filters(hiddenFilters), activation(first), filters(last), activation(relu())]
  const network = LayeredNetwork.initialize({
    input: { height: 1, width: patches, channels: dimension },
    layers: [
      decoding(code, dimension),
      ...layers,
      globalAveragePooling(),
      dense({ units: classes, bias: false }),
    ],
    seed,
  })
  const parameters = network.parameters.slice()
  const weightsOf = (layer: string) => {
    const { weights = 0, weightCount = 0 } =
      network.operations.find(({ name }) => name === layer)?.range ?? {}
    return parameters.subarray(weights, weights + weightCount)
  }
  const firstWeights = weightsOf(FIRST)
  // He-normal weights of fan-in d have the deviation √(2/d).
  for (let e = 0; e < firstWeights.length; e++) {
    firstWeights[e] = (firstWeights[e] ?? 0) * initialScale * Math.sqrt(dimension / 2)
  }
  const owner = weightsOf(`${layers.length + 2}`)
  for (let e = 0; e < owner.length; e++) {
    const [unit, filter] = [Math.floor(e / last), e % last]
    owner[e] = Math.floor(filter / filtersPerClass) === unit ? patches : 0
  }
  return network.withState(parameters, network.statistics)
}

/**
 * max_r ⟨w_r, u_i⟩ and max_r ⟨w_r, v_i⟩ of the first layer, exact, in the units of the patches. Over all its filters, for
 * in a deeper network they belong to no class.
 */
export function firstLayerFeatures(
  network: LayeredNetwork,
  distribution: PatchDistribution,
): LearnedFeatures {
  const { classes, dimension } = distribution
  const weights = network.tensors().get(`${FIRST}.weight`)?.data ?? new Float32Array()
  const { robust, nonRobust } = featureCoefficients({ classes, dimension, weights }, distribution)
  const largest = (matrix: Float64Array) =>
    Array.from({ length: classes }, (_, i) =>
      matrix.reduce((most, value, e) => (e % classes === i ? Math.max(most, value) : most), -Infinity),
    )
  return { robust: largest(robust), nonRobust: largest(nonRobust) }
}
