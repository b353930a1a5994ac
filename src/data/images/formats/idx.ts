import { invalidFile } from '../../invalid-file.js'
import { readRegularFile } from '../../read-file.js'
import { decompress } from './decompress.js'

const UNSIGNED_BYTE = 0x08
const MAXIMUM_DIMENSIONS = 4
const DEFAULT_MAXIMUM_BYTES = 2 ** 30

/** A decoded IDX file: unsigned bytes in row-major order. */
export interface IdxTensor {
  readonly shape: readonly number[]
  readonly data: Uint8Array
}

/**
 * Reads an IDX file, plain or gzip-compressed (told apart by content, not by name).
 *
 * @param maximumBytes limit on the file and on what it decompresses to; default 1 GiB
 * @throws RobustFeaturesError `FILE_NOT_FOUND`, or `INVALID_FILE` for anything but an intact file
 */
export async function readIdxFile(path: string, maximumBytes = DEFAULT_MAXIMUM_BYTES): Promise<IdxTensor> {
  const bytes = await readRegularFile(path, maximumBytes)
  return parseIdx(isGzip(bytes) ? await decompress('gzip', bytes, path, maximumBytes) : bytes, path)
}

/**
 * Parses an uncompressed IDX file of unsigned bytes with 1 to 4 dimensions:
 * bytes 0, 0, 0x08 and the number of dimensions; each dimension as a big-endian 32-bit integer; the elements.
 * The elements are copied, and only when the file holds exactly as many as its header declares.
 *
 * @param name what the file is called in error messages
 * @throws RobustFeaturesError `INVALID_FILE`
 */
export function parseIdx(bytes: Uint8Array, name: string): IdxTensor {
  if (bytes.length < 4) throw invalidFile(name, 'an IDX header of at least 4 bytes', `${bytes.length} bytes`)
  const [zero0, zero1, type, dimensions = 0] = bytes
  if (zero0 !== 0 || zero1 !== 0)
    throw invalidFile(name, 'an IDX file, which starts with two zero bytes', startOf(bytes))
  if (type !== UNSIGNED_BYTE)
    throw invalidFile(name, 'IDX elements of type unsigned byte (0x08)', hexadecimal(type ?? 0))
  if (dimensions < 1 || dimensions > MAXIMUM_DIMENSIONS) {
    throw invalidFile(name, `1 to ${MAXIMUM_DIMENSIONS} dimensions`, String(dimensions))
  }
  const headerLength = 4 + 4 * dimensions
  if (bytes.length < headerLength) {
    throw invalidFile(
      name,
      `${headerLength} header bytes for ${dimensions} dimensions`,
      `${bytes.length} bytes (truncated)`,
    )
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, headerLength)
  const shape = Array.from({ length: dimensions }, (_, axis) => view.getUint32(4 + 4 * axis))
  // Beyond 2^53 the product is rounded, but then it is far beyond any file's length too.
  const declared = headerLength + shape.reduce((product, size) => product * size, 1)
  if (declared !== bytes.length) {
    const flaw = bytes.length < declared ? 'truncated' : 'bytes left over'
    throw invalidFile(
      name,
      `${declared} bytes for the declared ${shape.join(' × ')} elements`,
      `${bytes.length} (${flaw})`,
    )
  }
  return { shape, data: new Uint8Array(bytes.subarray(headerLength)) }
}

function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

function startOf(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 4), hexadecimal).join(' ')
}

function hexadecimal(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`
}
