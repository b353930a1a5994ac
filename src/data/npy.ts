import { z } from 'zod'
import { describeValue, inlineText } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'
import { invalidFile } from './invalid-file.js'
import { elementCount, type Tensor, type TensorData } from './tensor-content.js'

/**
 * The .npy format of NumPy: the bytes \x93NUMPY, a version of two bytes, the header's length as a little-endian 16-bit
 * integer (32-bit from version 2 on), the header, a Python dictionary of `descr`, `fortran_order` and `shape` as text,
 * padded so that the elements begin at a multiple of 64 bytes; then the elements
 * (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
 */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
const ALIGNMENT = 64
const MAXIMUM_HEADER = 65535

const ELEMENT_TYPES = {
  '<f8': Float64Array,
  '<i8': BigInt64Array,
  '<f4': Float32Array,
  '<i4': Int32Array,
  '|u1': Uint8Array,
} as const
/** Read as bytes 0 and 1. */
const BOOLEAN = '|b1'

const headerSchema = z.strictObject({
  descr: z.string(),
  fortran_order: z.boolean(),
  shape: z.array(z.int().min(0)),
})

/**
 * The bytes of a .npy file, of version 1.0.
 *
 * @param name what the array is called in error messages
 * @throws RobustFeaturesError `INVALID_ARGUMENT` when a shape does not fit its data
 */
export function encodeNpy({ shape, data }: Tensor, name: string): Uint8Array {
  const type = Object.entries(ELEMENT_TYPES).find(([, arrayType]) => data instanceof arrayType)?.[0]
  if (type === undefined || elementCount(shape) !== data.length) {
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      `Expected \`tensors.${inlineText(name)}\` to have float64, int64, float32, int32 or uint8 data for its shape [${shape.join(', ')}], got ${describeValue(data)}.`,
    )
  }
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const header = `{'descr': '${type}', 'fortran_order': False, 'shape': (${sizes}), }`
  const begin = MAGIC.length + 4
  const offset = Math.ceil((begin + header.length + 1) / ALIGNMENT) * ALIGNMENT
  const bytes = new Uint8Array(offset + data.byteLength)
  bytes.set([...MAGIC, 1, 0])
  new DataView(bytes.buffer).setUint16(MAGIC.length + 2, offset - begin, true)
  bytes.set(new TextEncoder().encode(`${header.padEnd(offset - begin - 1)}\n`), begin)
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset)
  return bytes
}

/**
 * Decodes a .npy file of float64, int64, float32, int32, uint8 or bool elements, in C order and little-endian; the
 * elements are copied.
 *
 * @param name what the file is called in error messages
 * @throws RobustFeaturesError `INVALID_FILE` for anything else
 */
export function decodeNpy(bytes: Uint8Array, name: string): Tensor {
  const { header, offset } = headerOf(bytes, name)
  const { descr, fortran_order, shape } = parsedHeader(header, name)
  const type = elementTypeOf(descr)
  if (type === undefined) {
    const known = [...Object.keys(ELEMENT_TYPES), BOOLEAN].join(', ')
    throw invalidFile(name, `elements of type ${known}`, describeValue(descr))
  }
  if (fortran_order)
    throw invalidFile(
      name,
      'an array in C order',
      'one in Fortran order, which numpy.ascontiguousarray changes',
    )
  const length = elementCount(shape) * type.BYTES_PER_ELEMENT
  if (length !== bytes.length - offset) {
    throw invalidFile(name, `${length} bytes for shape [${shape.join(', ')}]`, `${bytes.length - offset}`)
  }
  return { shape, data: new type(new Uint8Array(bytes.subarray(offset)).buffer) }
}

function headerOf(bytes: Uint8Array, name: string): { header: string; offset: number } {
  if (MAGIC.some((byte, index) => bytes[index] !== byte))
    throw invalidFile(name, 'a .npy array', 'other bytes')
  const version = bytes[MAGIC.length] ?? 0
  if (version < 1 || version > 3) throw invalidFile(name, '.npy of version 1, 2 or 3', `version ${version}`)
  const begin = MAGIC.length + (version === 1 ? 4 : 6)
  if (bytes.length < begin) throw invalidFile(name, `${begin} bytes of header`, `${bytes.length} (truncated)`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const length = version === 1 ? view.getUint16(begin - 2, true) : view.getUint32(begin - 4, true)
  if (length > MAXIMUM_HEADER) {
    throw invalidFile(name, `a header of at most ${MAXIMUM_HEADER} bytes`, String(length))
  }
  const offset = begin + length
  if (offset > bytes.length)
    throw invalidFile(name, `${offset} bytes of header`, `${bytes.length} (truncated)`)
  return { header: Buffer.from(bytes.subarray(begin, offset)).toString('utf8'), offset }
}

/** Such a dictionary is JSON but for quotes, brackets, the case of words and a comma at the end. */
function parsedHeader(header: string, name: string): z.output<typeof headerSchema> {
  const json = header
    .replaceAll("'", '"')
    .replaceAll('(', '[')
    .replaceAll(')', ']')
    .replace(/,\s*([\]}])/g, '$1')
    .replace(/\bTrue\b/g, 'true')
    .replace(/\bFalse\b/g, 'false')
  try {
    return headerSchema.parse(JSON.parse(json))
  } catch (cause) {
    const found = inlineText(header.trim())
    throw invalidFile(name, 'a header of descr, fortran_order and shape', found, { cause })
  }
}

function elementTypeOf(
  descr: string,
): ((new (buffer: ArrayBuffer) => TensorData) & { BYTES_PER_ELEMENT: number }) | undefined {
  if (descr === BOOLEAN) return Uint8Array
  return Object.hasOwn(ELEMENT_TYPES, descr) ? ELEMENT_TYPES[descr as keyof typeof ELEMENT_TYPES] : undefined
}
