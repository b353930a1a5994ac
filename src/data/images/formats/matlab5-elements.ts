import { inflateSync, constants as zlib } from 'node:zlib'
import { invalidFile } from '../../invalid-file.js'
import { systemReason } from '../../read-file.js'
import { viewOf } from './data-view.js'
import { decompress } from './decompress.js'

/** One data element of a MATLAB v5 file: its type's number and its bytes, a view of the file. */
export interface MatlabElement {
  readonly type: number
  readonly data: Uint8Array
}

export const MATRIX = 14
const COMPRESSED = 15
const HEADER_BYTES = 128
const TAG_BYTES = 8
const PEEKED_BYTES = 1024

/**
 * The elements of a file after its header of 128 bytes: text, the version 0x0100 and the letters of the byte order.
 * Compressed ones are not yet decompressed.
 *
 * @throws RobustFeaturesError `INVALID_FILE`
 */
export function fileElements(bytes: Uint8Array, name: string): MatlabElement[] {
  if (bytes.length < HEADER_BYTES) {
    throw invalidFile(name, `a MATLAB header of ${HEADER_BYTES} bytes`, `${bytes.length} bytes`)
  }
  const order = String.fromCharCode(bytes[126] ?? 0, bytes[127] ?? 0)
  if (order === 'MI') throw invalidFile(name, 'little-endian MATLAB data', 'big-endian data')
  if (order !== 'IM') throw invalidFile(name, 'a MATLAB v5 file, with IM at byte 126', 'something else')
  const version = viewOf(bytes).getUint16(124, true)
  if (version === 0x0200) throw invalidFile(name, 'MATLAB v5 data', 'MATLAB v7.3 data (HDF5)')
  if (version !== 0x0100) throw invalidFile(name, 'MATLAB version 0x0100', `0x${version.toString(16)}`)
  return readElements(bytes.subarray(HEADER_BYTES), name)
}

/**
 * The elements in a file's or a matrix's bytes, one after the other. A tag is a type and a length, 32 bits each, or for
 * at most 4 bytes of data 16 bits each followed by the data; data is padded to 8 bytes, compressed data is not.
 *
 * @param limit how many to read at most
 * @throws RobustFeaturesError `INVALID_FILE` when one reaches beyond the bytes
 */
export function readElements(bytes: Uint8Array, name: string, limit = 1000): MatlabElement[] {
  const view = viewOf(bytes)
  const elements: MatlabElement[] = []
  let position = 0
  while (position < bytes.length && elements.length < limit) {
    if (bytes.length - position < TAG_BYTES) {
      throw invalidFile(name, `a data tag of ${TAG_BYTES} bytes`, `${bytes.length - position} (truncated)`)
    }
    const first = view.getUint32(position, true)
    const small = first >>> 16
    if (small > 4) throw invalidFile(name, 'small data elements of at most 4 bytes', String(small))
    const type = first & 0xffff
    const length = small > 0 ? small : view.getUint32(position + 4, true)
    const start = position + (small > 0 ? 4 : TAG_BYTES)
    if (length > bytes.length - start) {
      throw invalidFile(name, `${length} bytes of data`, `${bytes.length - start} (truncated)`)
    }
    elements.push({ type, data: bytes.subarray(start, start + length) })
    if (small > 0) position += TAG_BYTES
    else position = start + (type === COMPRESSED ? length : Math.ceil(length / 8) * 8)
  }
  return elements
}

/**
 * The element that a compressed one holds; any other as it is. Its declared length is read first and nothing larger is
 * ever allocated.
 *
 * @throws RobustFeaturesError `INVALID_FILE`, also when it would take more than `allowedBytes`
 */
export async function uncompressed(
  element: MatlabElement,
  name: string,
  allowedBytes: number,
): Promise<MatlabElement> {
  if (element.type !== COMPRESSED) return element
  const declared = TAG_BYTES + declaredLength(element, name)
  if (declared > allowedBytes) {
    throw invalidFile(name, `at most ${allowedBytes} bytes after decompression`, `${declared}`)
  }
  const bytes = await decompress('zlib', element.data, name, declared)
  const [inner] = readElements(bytes, name, 1)
  if (inner === undefined) throw invalidFile(name, 'a compressed data element', 'nothing')
  return inner
}

/** From the tag with which the decompressed bytes begin. */
function declaredLength({ data }: MatlabElement, name: string): number {
  let beginning: Uint8Array
  try {
    beginning = inflateSync(data.subarray(0, PEEKED_BYTES), { finishFlush: zlib.Z_SYNC_FLUSH })
  } catch (cause) {
    throw invalidFile(name, 'intact zlib data', systemReason(cause), { cause })
  }
  if (beginning.length < TAG_BYTES) throw invalidFile(name, 'a compressed data element', 'damaged zlib data')
  return viewOf(beginning).getUint32(4, true)
}
