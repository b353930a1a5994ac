import { z } from 'zod'
import type { ImageDataset } from '../data/images/image-dataset.js'
import { tensorDigests } from '../data/images/official.js'
import { SPLITS } from '../data/images/sets/data-set.js'
import { layeredNetworkDigest } from '../model/layered-file.js'
import type { LayeredNetwork } from '../model/layered-network.js'
import { type CheckedFeatureOptions, FEATURE_KINDS, isMatched, STARTS } from './feature-options.js'

const digest = z.string()

export const constructionSchema = z.object({
  kind: z.enum(FEATURE_KINDS),
  steps: z.number(),
  stepSize: z.number(),
  seed: z.number(),
  start: z.enum(STARTS).optional(),
  layer: z.string().optional(),
  norm: z.enum(['l2', 'linf']).optional(),
  radius: z.number().optional(),
  network: digest,
  source: z.object({
    name: z.string(),
    split: z.enum(SPLITS).optional(),
    licence: z.string().optional(),
    count: z.number(),
    classes: z.number(),
    images: digest,
    labels: digest,
  }),
})

/** All that the images of a constructed set depend on; digests are SHA-256. */
export interface FeatureConstruction extends Readonly<z.output<typeof constructionSchema>> {}

/** `network` is the digest of the file that `LayeredNetwork.save` writes. */
export function constructionOf(
  network: LayeredNetwork,
  layer: string,
  source: ImageDataset,
  options: CheckedFeatureOptions,
): FeatureConstruction {
  const { kind, steps, seed } = options
  const { name, count, classes, provenance } = source
  const { split, licence } = provenance ?? {}
  const how = isMatched(options)
    ? { stepSize: options.stepSize, start: options.start, layer }
    : { stepSize: stepSizeOf(options), norm: options.norm, radius: options.radius }
  return {
    kind,
    steps,
    seed,
    ...how,
    network: layeredNetworkDigest(network, network.tensors()),
    source: {
      name,
      ...(split !== undefined && { split }),
      ...(licence !== undefined && { licence }),
      count,
      classes,
      ...tensorDigests(source),
    },
  }
}

/** The length of a targeted step: 2.5 ε/K unless stated. */
export function stepSizeOf(options: {
  stepSize?: number | undefined
  radius: number
  steps: number
}): number {
  return options.stepSize ?? (2.5 * options.radius) / options.steps
}
