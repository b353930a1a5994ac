import type { LayeredPlan } from './layered-plan.js'

/**
 * Parameters before training.
 *
 * @param normals `count` standard normal numbers for an operation
 */
export function initialParameters(
  { operations, parameterCount }: LayeredPlan,
  normals: (operation: number, count: number) => Float64Array,
): Float32Array {
  const parameters = new Float32Array(parameterCount)
  for (const [index, { native, range }] of operations.entries()) {
    const { weights, weightCount } = range
    if (native.kind === 'batchNormalization') parameters.fill(1, weights, weights + weightCount)
    if (native.kind !== 'convolution' && native.kind !== 'dense') continue
    const deviation = Math.sqrt(2 / (weightCount / native.outputs))
    const values = normals(index, weightCount)
    for (let i = 0; i < weightCount; i++) parameters[weights + i] = deviation * (values[i] ?? 0)
  }
  return parameters
}

/** Running means 0 and variances 1. */
export function initialStatistics({ operations, statisticCount }: LayeredPlan): Float32Array {
  const values = new Float32Array(statisticCount)
  for (const { range } of operations) {
    const end = range.statistics + range.statisticCount
    values.fill(1, end - range.statisticCount / 2, end)
  }
  return values
}
