import { createHash } from 'node:crypto'
import { canonicalJson } from './canonical-json.js'
import type { Tensor } from './tensor-content.js'

/** SHA-256 over all that a file of tensors says, so that a flipped bit is noticed in its metadata too. */
export function contentChecksum(
  facts: Readonly<Record<string, string>>,
  tensors: ReadonlyMap<string, Tensor>,
): string {
  const hash = createHash('sha256').update(canonicalJson(facts))
  const inOrder = [...tensors].toSorted(([a], [b]) => (a < b ? -1 : 1))
  for (const [name, { shape, data }] of inOrder) {
    hash.update(canonicalJson({ name, shape, bytesPerElement: data.BYTES_PER_ELEMENT }))
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  return hash.digest('hex')
}
