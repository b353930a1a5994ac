import { ImageData } from '../data/image-data.js'
import type { ImageDataset } from '../data/images/image-dataset.js'
import type { LayeredNetwork } from '../model/layered-network.js'
import { type ExecutionOptions, execute } from '../native/execution.js'
import { layeredAddon } from '../native/layered-addon.js'
import type { MatchedOptions } from './feature-options.js'
import { consecutive, type FeaturePart, toBytes, toNumbers } from './image-parts.js'
import { randomStarts } from './random-starts.js'

/** Optimises images from random starts until their representation is that of the originals. */
export function matchedImages(
  network: LayeredNetwork,
  value: number,
  dataset: ImageDataset,
  options: MatchedOptions,
): (first: number, count: number, execution: ExecutionOptions) => Promise<FeaturePart> {
  const startsOf = randomStarts(dataset, options)
  const { stepSize } = options
  return async (first, count, execution) => {
    const originals = ImageData.fromImages(consecutive(dataset, first, count))
    const match = (starts: Float32Array, steps: number) =>
      execute(
        execution,
        (native) =>
          layeredAddon().match(network.native, originals.native, starts, {
            ...native,
            value,
            steps,
            stepSize,
          }),
        layeredAddon(),
      )
    const found = await match(startsOf(first, count), options.steps)
    const images = toBytes(found.images)
    // What is told of an image is told of its bytes.
    const { distance } = await match(toNumbers(images), 0)
    return { images, initialLoss: found.initialDistance, loss: distance, notFinite: found.notFinite }
  }
}
