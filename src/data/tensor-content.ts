import { requireInstance, requireObject } from '../native/instances.js'

/** Elements of a tensor; the array is the element type: F64, I64, F32, I32 or U8. */
export type TensorData = Float64Array | BigInt64Array | Float32Array | Int32Array | Uint8Array

/** Row-major elements; the shape's product is their number, and an empty shape is a single number. */
export interface Tensor<Data extends TensorData = TensorData> {
  /** Length of each dimension. */
  readonly shape: readonly number[]
  /** Their product of elements. */
  readonly data: Data
}

/** What a safetensors or .npz file holds. */
export interface SafetensorsContent {
  /** By name. */
  readonly tensors: ReadonlyMap<string, Tensor>
  /** Text by name; empty where a file has none. */
  readonly metadata: Readonly<Record<string, string>>
}

/**
 * Checks that a value has the kind of content to write.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT`
 */
export function requireContent(content: Partial<SafetensorsContent>): void {
  requireObject(content, 'content')
  if (content.tensors !== undefined) requireInstance(content.tensors, Map, 'tensors')
}

/** Infinity or beyond 2^53 for shapes no file can hold, even where another dimension is 0. */
export function elementCount(shape: readonly number[]): number {
  let count = 1
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) return Number.NaN
    count *= size
    if (!Number.isSafeInteger(count)) return Number.POSITIVE_INFINITY
  }
  return count
}

export function isTexts(value: unknown): value is Record<string, string> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.values(value).every((text) => typeof text === 'string')
}
