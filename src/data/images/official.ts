import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { DataSet, Split } from './sets/data-set.js'

/** SHA-256 of decoded images (channels last, row-major) and labels. */
export interface TensorDigests {
  readonly images: string
  readonly labels: string
}

export function tensorDigests({ images, labels }: { images: Uint8Array; labels: Uint8Array }): TensorDigests {
  return { images: sha256(images), labels: sha256(labels) }
}

/**
 * How a split differs from the official one, as the part of a sentence that follows what was expected; undefined when
 * it is official. Decoded bytes are compared where their checksums are known, files where those are.
 */
export async function officialDifference(
  { splits }: DataSet,
  split: Split,
  decoded: { images: Uint8Array; labels: Uint8Array },
  paths: readonly string[],
): Promise<string | undefined> {
  const official = splits[split]
  if (official === undefined) return 'which has no such split'
  const { count, tensors, files } = official
  if (decoded.labels.length !== count) return `${count} of them, got ${decoded.labels.length}`
  if (tensors !== undefined) {
    const found = tensorDigests(decoded)
    for (const part of ['images', 'labels'] as const)
      if (found[part] !== tensors[part])
        return `whose ${part} have SHA-256 ${tensors[part]}, got ${found[part]}`
    return undefined
  }
  for (const [position, path] of paths.entries()) {
    const [expected = '', found] = [files?.[position], await fileSha256(path)]
    if (found !== expected) return `which come in files of SHA-256 ${expected}, got ${found}`
  }
  return undefined
}

export async function fileSha256(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
