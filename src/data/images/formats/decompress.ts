import { promisify } from 'node:util'
import { gunzip, inflate } from 'node:zlib'
import { invalidFile } from '../../invalid-file.js'
import { systemErrorCode, systemReason } from '../../read-file.js'

const decompressors = { gzip: promisify(gunzip), zlib: promisify(inflate) }

/**
 * Decompresses on another thread, giving up as soon as more than `maximumBytes` come out.
 *
 * @throws RobustFeaturesError `INVALID_FILE` when the data is damaged or expands to more
 */
export async function decompress(
  format: keyof typeof decompressors,
  bytes: Uint8Array,
  name: string,
  maximumBytes: number,
): Promise<Uint8Array> {
  try {
    return await decompressors[format](bytes, { maxOutputLength: Math.max(maximumBytes, 1) })
  } catch (cause) {
    if (systemErrorCode(cause) === 'ERR_BUFFER_TOO_LARGE') {
      throw invalidFile(name, `at most ${maximumBytes} bytes after decompression`, 'more', { cause })
    }
    throw invalidFile(name, `intact ${format} data`, systemReason(cause), { cause })
  }
}
