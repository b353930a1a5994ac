import type { ImageData } from '../data/image-data.js'
import type { ImageShape } from '../model/layered-architecture.js'
import type { LayeredNetwork } from '../model/layered-network.js'
import { type ExecutionOptions, execute } from '../native/execution.js'
import { layeredAddon } from '../native/layered-addon.js'
import { representationLayer } from './representation-layer.js'

/** What a layer makes of images. */
export interface LayerOutput extends ImageShape {
  /** N × channels × height × width. */
  readonly values: Float32Array
}

/**
 * The output of the layer of that name in `network.operations`, with the running statistics of batch normalisation.
 *
 * @param perturbation N × height × width × channels, added to the images first, the sums held in [0, 1]
 * @throws RobustFeaturesError `INVALID_ARGUMENT` for a layer that is not there, or is taken in by the batch normalisation
 *   or ReLU that follows, and for images that do not fit; `ABORTED`
 */
export async function layerOutput(
  network: LayeredNetwork,
  data: ImageData,
  layer: string,
  { perturbation, ...execution }: ExecutionOptions & { readonly perturbation?: Float32Array } = {},
): Promise<LayerOutput> {
  network.requireData(data)
  const { value } = representationLayer(network, layer)
  const { values } = await execute(
    execution,
    async (native) => {
      const output = await layeredAddon().forward(network.native, data.native, perturbation, {
        ...native,
        value,
      })
      return { values: output.value ?? new Float32Array() }
    },
    layeredAddon(),
  )
  const { height = 0, width = 0, channels = 0 } = network.operations[value - 1]?.range ?? {}
  return { height, width, channels, values }
}
