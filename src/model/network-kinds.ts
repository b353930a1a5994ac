import { ImageData } from '../data/image-data.js'
import { PatchData } from '../data/patch-data.js'
import type { Samples } from '../data/samples.js'
import { describeValue } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'
import { requireInstance } from '../native/instances.js'
import { LayeredNetwork } from './layered-network.js'
import type { Network } from './network.js'
import { PatchNetwork } from './patch-network.js'

/** The network that takes such data. */
export type NetworkOf<Data extends Samples> = Network<Data> &
  (Data extends ImageData ? LayeredNetwork : PatchNetwork)

/**
 * Checks that a network a user hands over is one.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function requireNetwork(network: unknown, name: string): PatchNetwork | LayeredNetwork {
  if (network instanceof PatchNetwork || network instanceof LayeredNetwork) return network
  throw new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected \`${name}\` to be a PatchNetwork or LayeredNetwork, got ${describeValue(network)}.`,
  )
}

/**
 * Checks data for a network of whatever kind.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function requireData(network: unknown, data: unknown): void {
  requireInstance<unknown>(data, network instanceof LayeredNetwork ? ImageData : PatchData, 'data')
}
