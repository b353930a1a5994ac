import { invalidFile } from '../../invalid-file.js'
import { plausibleSize } from '../../plausible-size.js'
import { viewOf } from './data-view.js'
import { fileElements, MATRIX, type MatlabElement, readElements, uncompressed } from './matlab5-elements.js'

/** A real numeric array of a MATLAB file, in MATLAB's order: the first index runs fastest. */
export interface MatlabArray {
  readonly shape: readonly number[]
  /** In the type in which the file stores them, which may be smaller than the array's class. */
  readonly data: NumberArray
}

type NumberArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array

const NUMBER_TYPES: Readonly<Record<number, new (buffer: ArrayBuffer) => NumberArray>> = {
  1: Int8Array,
  2: Uint8Array,
  3: Int16Array,
  4: Uint16Array,
  5: Int32Array,
  6: Uint32Array,
  7: Float32Array,
  9: Float64Array,
}

const INT8 = 1
const INT32 = 5
const UINT32 = 6
const COMPLEX_FLAG = 0x0800
const MAXIMUM_DIMENSIONS = 8
const DEFAULT_MAXIMUM_BYTES = 2 ** 31 - 1

/**
 * The real numeric arrays of a little-endian MATLAB v5 file (MathWorks, "MAT-File Format"), by name; elements may be
 * zlib-compressed. Text, cells, structures, sparse and complex arrays and 64-bit integers are passed over.
 *
 * @param name what the file is called in error messages
 * @param maximumBytes limit for all that is decompressed, checked beforehand; default 2^31 − 1
 * @throws RobustFeaturesError `INVALID_FILE` for anything the format does not allow
 */
export async function parseMatlab5(
  bytes: Uint8Array,
  name: string,
  maximumBytes = DEFAULT_MAXIMUM_BYTES,
): Promise<Map<string, MatlabArray>> {
  const arrays = new Map<string, MatlabArray>()
  let allowed = plausibleSize(bytes.length, maximumBytes)
  for (const element of fileElements(bytes, name)) {
    const matrix = await uncompressed(element, name, allowed)
    allowed -= matrix.data.length
    if (matrix.type !== MATRIX) continue
    const [title, array] = readMatrix(matrix.data, name)
    if (array === undefined) continue
    if (arrays.has(title)) throw invalidFile(name, `one array ${title}`, 'several')
    arrays.set(title, array)
  }
  return arrays
}

/** A matrix is flags (whose first byte is the class), dimensions, name and, for plain arrays, the real part. */
function readMatrix(bytes: Uint8Array, name: string): [title: string, array: MatlabArray | undefined] {
  const [flags, dimensions, title, real] = readElements(bytes, name, 4)
  if (flags?.type !== UINT32 || flags.data.length !== 8) throw invalidFile(name, 'array flags', 'none')
  if (dimensions?.type !== INT32) throw invalidFile(name, 'array dimensions', 'none')
  if (title?.type !== INT8) throw invalidFile(name, 'an array name', 'none')
  const text = Buffer.from(title.data.subarray(0, 64)).toString('latin1')
  const word = viewOf(flags.data).getUint32(0, true)
  const numeric = (word & 0xff) >= 6 && (word & 0xff) <= 13
  if (!numeric || (word & COMPLEX_FLAG) !== 0) return [text, undefined]
  const shape = readShape(dimensions, name)
  const count = shape.reduce((product, size) => product * size, 1)
  const data = readNumbers(real, name)
  if (data.length !== count) {
    throw invalidFile(name, `${shape.join(' × ')} = ${count} numbers in its array`, String(data.length))
  }
  return [text, { shape, data }]
}

function readShape({ data }: MatlabElement, name: string): number[] {
  const dimensions = data.length / 4
  if (!Number.isInteger(dimensions) || dimensions < 2 || dimensions > MAXIMUM_DIMENSIONS) {
    throw invalidFile(name, `2 to ${MAXIMUM_DIMENSIONS} array dimensions`, String(dimensions))
  }
  const view = viewOf(data)
  const shape = Array.from({ length: dimensions }, (_, axis) => view.getInt32(4 * axis, true))
  if (shape.some((size) => size < 0)) throw invalidFile(name, 'sizes of at least 0', shape.join(' × '))
  return shape
}

/** Copied, for the elements of a file need not lie at multiples of their size. */
function readNumbers(element: MatlabElement | undefined, name: string): NumberArray {
  if (element === undefined) throw invalidFile(name, 'numbers in its array', 'none (truncated)')
  const NumberType = NUMBER_TYPES[element.type]
  if (NumberType === undefined) {
    throw invalidFile(name, 'numbers of at most 32 bits or doubles', `type ${element.type}`)
  }
  const { buffer } = new Uint8Array(element.data)
  const size = new NumberType(new ArrayBuffer(0)).BYTES_PER_ELEMENT
  if (buffer.byteLength % size !== 0) {
    throw invalidFile(name, `numbers of ${size} bytes`, `${buffer.byteLength} bytes`)
  }
  return new NumberType(buffer)
}
