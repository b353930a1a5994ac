import type { ImageData } from '../data/image-data.js'
import { type ArchitectureOptions, resnet8, resnet20, smallCnn } from '../model/architectures.js'
import { LayeredNetwork } from '../model/layered-network.js'

/** Names of the ready architectures in presets and configurations. */
export const READY_NETWORKS = ['smallCnn', 'resnet8', 'resnet20'] as const
export type ReadyNetwork = (typeof READY_NETWORKS)[number]

const ARCHITECTURES = { smallCnn, resnet8, resnet20 }

/** A fresh network for such images. */
export function readyNetwork(
  name: ReadyNetwork,
  { height, width, channels, classes }: ImageData,
  options: { readonly normalization?: ArchitectureOptions['normalization']; readonly seed: number },
): LayeredNetwork {
  const { normalization, seed } = options
  const layers = ARCHITECTURES[name](normalization === undefined ? { classes } : { classes, normalization })
  return LayeredNetwork.initialize({ input: { height, width, channels }, layers, seed })
}
