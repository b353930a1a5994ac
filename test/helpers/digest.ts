import { createHash } from 'node:crypto'

/** SHA-256 of every number of a result, in order. */
export function digest(value: unknown): string {
  const hash = createHash('sha256')
  const visit = (part: unknown) => {
    if (ArrayBuffer.isView(part)) hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength))
    else if (typeof part === 'number') hash.update(new Uint8Array(Float64Array.of(part).buffer))
    else if (typeof part === 'object' && part !== null) for (const inner of Object.values(part)) visit(inner)
    else hash.update(String(part))
  }
  visit(value)
  return hash.digest('hex')
}
