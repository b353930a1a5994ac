import { basename } from 'node:path'
import { list, type ReadEntry } from 'tar'
import { invalidFile } from '../../invalid-file.js'
import { systemReason } from '../../read-file.js'

/** Pictures hardly shrink; an archive that expands a hundredfold was made to waste time. */
const MAXIMUM_EXPANSION = 100

/**
 * The bytes of the wanted files of a tar archive, gzip-compressed or not, by their names without folders. Nothing is
 * written to the disk.
 *
 * @param wanted the names, each with the number of bytes it may have at most
 * @throws RobustFeaturesError `INVALID_FILE` when the archive is damaged, lacks a file or has a larger one
 */
export async function readTarGz(
  path: string,
  wanted: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const chunks = new Map<string, Buffer[]>()
  let oversized: string | undefined
  const take = (entry: ReadEntry) => {
    const name = basename(entry.path)
    const limit = wanted.get(name)
    if (limit === undefined || entry.type !== 'File' || chunks.has(name)) return
    if (entry.size > limit) {
      oversized ??= `${name} of ${entry.size} bytes`
      return
    }
    const parts: Buffer[] = []
    chunks.set(name, parts)
    entry.on('data', (part: Buffer) => parts.push(part))
  }
  try {
    await list({ file: path, strict: true, onReadEntry: take, maxDecompressionRatio: MAXIMUM_EXPANSION })
  } catch (cause) {
    throw invalidFile(path, 'an intact tar archive', systemReason(cause), { cause })
  }
  if (oversized !== undefined) throw invalidFile(path, 'files of the documented size', oversized)
  const missing = [...wanted.keys()].find((name) => !chunks.has(name))
  if (missing !== undefined) throw invalidFile(path, `a file ${missing}`, 'none')
  return new Map([...chunks].map(([name, parts]) => [name, Buffer.concat(parts)]))
}
