import type { LayeredNetwork } from '../model/layered-network.js'
import { describeValue } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'

/**
 * The layer whose values are a network's representation, and the number of its value in the engine: the layer of that
 * name, else the one that the last, dense layer reads.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`, listing the layers there are
 */
export function representationLayer(
  { operations }: LayeredNetwork,
  layer: string | undefined,
): { name: string; value: number } {
  if (layer === undefined) {
    const value = operations.at(-1)?.native.input ?? 0
    const name = operations[value - 1]?.name
    if (name !== undefined) return { name, value }
    throw invalid('Expected `network` to have a layer before its last, dense one, got none.')
  }
  const place = operations.findIndex(({ name }) => name === layer)
  if (place !== -1) return { name: layer, value: place + 1 }
  const names = operations.map(({ name, native }) => `${name} (${native.kind})`).join(', ')
  throw invalid(`Expected \`layer\` to be one of ${names}, got ${describeValue(layer)}.`)
}

function invalid(message: string): RobustFeaturesError {
  return new RobustFeaturesError('INVALID_ARGUMENT', message)
}
