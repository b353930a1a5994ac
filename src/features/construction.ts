import { z } from 'zod'
import type { ImageDataset } from '../data/images/image-dataset.js'
import { tensorDigests } from '../data/images/official.js'
import { SPLITS } from '../data/images/sets/data-set.js'
import { layeredNetworkDigest } from '../model/layered-file.js'
import type { LayeredNetwork } from '../model/layered-network.js'
import type { Norm } from '../native/contract.js'
import {
  type CheckedFeatureOptions,
  FEATURE_KINDS,
  type FeatureKind,
  isMatched,
  STARTS,
} from './feature-options.js'

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
export interface FeatureConstruction {
  /** Which images. */
  readonly kind: FeatureKind
  /** K, steps of every image. */
  readonly steps: number
  /** Length of a step, in input space. */
  readonly stepSize: number
  /** Of random starts and labels. */
  readonly seed: number
  /** Of the first two kinds: what images start from. */
  readonly start?: 'uniform' | 'noise' | undefined
  /** Of the first two kinds: name of the layer g that is matched. */
  readonly layer?: string | undefined
  /** Of targeted kinds: norm of the ball. */
  readonly norm?: Norm | undefined
  /** Of targeted kinds: ε, in input space. */
  readonly radius?: number | undefined
  /** Digest of the file that `LayeredNetwork.save` writes. */
  readonly network: string
  /** The originals. */
  readonly source: FeatureSource
}

/** The images that a constructed set was made from. */
export interface FeatureSource {
  /** Of the data set. */
  readonly name: string
  /** Its official part, where a loader read it. */
  readonly split?: 'train' | 'test' | 'extra' | undefined
  /** As its authors state it, where a loader read it. */
  readonly licence?: string | undefined
  /** N. */
  readonly count: number
  /** k. */
  readonly classes: number
  /** Digest of the images' bytes. */
  readonly images: string
  /** Digest of the labels' bytes. */
  readonly labels: string
}

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
