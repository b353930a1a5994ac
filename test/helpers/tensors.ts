import fc from 'fast-check'
import type { SafetensorsContent, Tensor } from '../../src/data/tensor-content.js'

/** Every type of element, sizes 0 and 1, values that are no numbers, text that is not ASCII. */
export const exampleContent: SafetensorsContent = {
  tensors: new Map<string, Tensor>([
    [
      'weights',
      { shape: [2, 3], data: Float32Array.of(1, -2.5, 3, Number.NaN, Number.POSITIVE_INFINITY, -0) },
    ],
    ['bytes', { shape: [3], data: Uint8Array.of(1, 2, 255) }],
    ['loss', { shape: [], data: Float64Array.of(Math.PI) }],
    ['steps', { shape: [2], data: BigInt64Array.of(-1n, 2n ** 62n) }],
    ['labels', { shape: [2, 1], data: Int32Array.of(-7, 7) }],
    ['empty', { shape: [0, 4], data: new Float32Array(0) }],
  ]),
  metadata: { iteration: '12', note: 'häppy "text"' },
}

/** A small tensor of any type. */
export const anyTensor = fc.oneof(
  fc.float32Array({ maxLength: 6 }).map((data): Tensor => ({ shape: [data.length], data })),
  fc.float64Array({ maxLength: 6 }).map((data): Tensor => ({ shape: [1, data.length], data })),
  fc.int32Array({ maxLength: 6 }).map((data): Tensor => ({ shape: [data.length, 1], data })),
  fc.uint8Array({ maxLength: 6 }).map((data): Tensor => ({ shape: [data.length], data })),
  fc.bigInt64Array({ maxLength: 6 }).map((data): Tensor => ({ shape: [data.length], data })),
)
