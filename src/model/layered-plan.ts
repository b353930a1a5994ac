import { z } from 'zod'
import { RobustFeaturesError } from '../native/errors.js'
import { layeredAddon } from '../native/layered-addon.js'
import type { NativeArchitecture, NativeOperation, NativeParameterRange } from '../native/layered-contract.js'
import { parseOptions, positiveInteger } from '../native/validation.js'
import { flattenLayers, type ImageShape, requireShallow } from './layered-architecture.js'
import { type Layer, layerSchema } from './layers.js'

const side = positiveInteger(65535)

export const architectureShape = {
  input: z.strictObject({ height: side, width: side, channels: side }),
  layers: z.array(layerSchema),
}

/** What a layered network is made of. */
export interface LayeredArchitecture {
  /** Of the images it takes. */
  readonly input: ImageShape
  /** In the order they are applied; the last is dense, a unit per class. */
  readonly layers: readonly Layer[]
}

/** An operation of the engine: a layer, or a part of a residual one. */
export interface PlannedOperation {
  /** Place of its layer: `3`, or `5.body.0` inside a residual one. */
  readonly name: string
  /**
   * What the addon takes.
   *
   * @internal
   */
  readonly native: NativeOperation
  /**
   * Where its numbers lie, and the shape of its values.
   *
   * @internal
   */
  readonly range: NativeParameterRange
}

export interface LayeredPlan extends LayeredArchitecture {
  readonly native: NativeArchitecture
  readonly operations: readonly PlannedOperation[]
  readonly parameterCount: number
  readonly statisticCount: number
}

/**
 * Checks an architecture and lays its numbers out, without memory for them.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`, `UNKNOWN_OPTION`, `NATIVE_ADDON_UNAVAILABLE`
 */
export function planArchitecture(architecture: LayeredArchitecture): LayeredPlan {
  requireShallow(Object(architecture).layers)
  const { input, layers } = parseOptions(z.object(architectureShape), architecture, 'network')
  const { native, names } = flattenLayers(input, layers)
  const ranges = layeredAddon().layout(native)
  const operations = ranges.map((range, index) => ({
    name: names[index] as string,
    native: native.operations[index] as NativeOperation,
    range,
  }))
  const total = (count: (range: NativeParameterRange) => number) =>
    ranges.reduce((sum, range) => sum + count(range), 0)
  return {
    input,
    layers,
    native,
    operations,
    parameterCount: total(({ weightCount, biasCount }) => weightCount + biasCount),
    statisticCount: total(({ statisticCount }) => statisticCount),
  }
}

/**
 * Checks the variances among the statistics of normalizations.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function requireVariances(operations: readonly PlannedOperation[], statistics: Float32Array): void {
  for (const { name, range } of operations) {
    const end = range.statistics + range.statisticCount
    const wrong = statistics.subarray(end - range.statisticCount / 2, end).find((variance) => variance < 0)
    if (wrong === undefined) continue
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      `Expected \`statistics\` to have variances of at least 0 in layer ${name}, got ${wrong}.`,
    )
  }
}
