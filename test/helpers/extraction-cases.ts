import {
  type ExtractFeaturesOptions,
  extractFeatures,
  type FeatureSet,
  ImageData,
  type ImageDataset,
  type LayeredNetwork,
} from '../../src/index.js'
import { digest } from './digest.js'
import { randomImages, randomNetwork, trainableLayers } from './layered-cases.js'

/** More than one part. */
export const COUNT = 70

export const originals = randomImages(1, { count: COUNT })
export const networkFor = (data: ImageDataset, layers = trainableLayers) =>
  randomNetwork(layers, ImageData.fromImages(data))
export const robust = { kind: 'robust', steps: 12, stepSize: 0.5 } satisfies ExtractFeaturesOptions
export const targeted = { kind: 'targeted-next', steps: 6, radius: 0.4 } satisfies ExtractFeaturesOptions
export const all = { robust, targeted, random: { ...targeted, kind: 'targeted-random' as const } }

export const bits = ({ dataset, initialLoss, loss, notFinite }: FeatureSet) =>
  digest([dataset.images, dataset.labels, initialLoss, loss, notFinite])

export function extract(
  options: ExtractFeaturesOptions,
  data = originals,
  network: LayeredNetwork = networkFor(data),
) {
  return extractFeatures(network, data, options)
}
