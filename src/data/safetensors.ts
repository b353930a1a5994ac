import { z } from 'zod'
import { describeValue, inlineText } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'
import { writeFileAtomically } from './atomic-file.js'
import { readRegularFile } from './read-file.js'
import {
  elementCount,
  isTexts,
  requireContent,
  type SafetensorsContent,
  type Tensor,
  type TensorData,
} from './tensor-content.js'

/**
 * The safetensors format: the header's length as a little-endian 64-bit integer, a JSON header of
 * `{name: {dtype, shape, data_offsets: [begin, end]}, __metadata__?: {name: text}}`, then the tensors' little-endian
 * elements, without holes. Offsets count from the end of the header.
 */
const LENGTH_BYTES = 8
const MAXIMUM_HEADER = 100_000_000
const MAXIMUM_FILE = 2 ** 31 - 1
const METADATA = '__metadata__'

const ELEMENT_TYPES = {
  F64: Float64Array,
  I64: BigInt64Array,
  F32: Float32Array,
  I32: Int32Array,
  U8: Uint8Array,
} as const

type ElementType = keyof typeof ELEMENT_TYPES

interface Entry {
  readonly name: string
  readonly type: ElementType
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

const size = z.int().min(0)
const headerEntry = z.object({ dtype: z.string(), shape: z.array(size), data_offsets: z.tuple([size, size]) })

/**
 * Reads a safetensors file of F64, I64, F32, I32 and U8 tensors.
 *
 * @param path of the file
 * @throws RobustFeaturesError `FILE_NOT_FOUND` or `INVALID_FILE`
 */
export async function readSafetensors(path: string): Promise<SafetensorsContent> {
  return decodeSafetensors(await readRegularFile(path, MAXIMUM_FILE), path)
}

/**
 * Writes a safetensors file atomically.
 *
 * @param path of the file
 * @param content default: no tensors, no metadata
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `WRITE_FAILED`
 */
export async function writeSafetensors(path: string, content: Partial<SafetensorsContent>): Promise<void> {
  requireContent(content)
  await writeFileAtomically(path, encodeSafetensors(content))
}

/**
 * The bytes of a safetensors file. Equal content gives equal bytes: tensors are laid out by falling element size, then
 * name, which also aligns each to its elements; the header is padded with spaces to a multiple of 8 bytes.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` when a shape does not fit its data
 */
export function encodeSafetensors({
  tensors = new Map(),
  metadata = {},
}: Partial<SafetensorsContent>): Uint8Array {
  const named = [...tensors].sort(
    ([nameA, a], [nameB, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || compare(nameA, nameB),
  )
  if (!isTexts(metadata)) throw argument('metadata', 'an object of text', describeValue(metadata))
  const header: [string, unknown][] = []
  const texts = Object.entries(metadata).sort(([a], [b]) => compare(a, b))
  if (texts.length > 0) header.push([METADATA, Object.fromEntries(texts)])
  let offset = 0
  for (const [name, { shape, data }] of named) {
    if (name === METADATA) throw argument('tensors', `names other than ${METADATA}`, METADATA)
    const expected = elementCount(shape)
    if (expected !== data.length)
      throw argument(
        `tensors.${inlineText(name)}.shape`,
        `of product ${data.length}`,
        `[${shape.join(', ')}]`,
      )
    header.push([
      name,
      { dtype: elementType(name, data), shape, data_offsets: [offset, offset + data.byteLength] },
    ])
    offset += data.byteLength
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)))
  const headerLength = Math.ceil(json.length / 8) * 8
  const bytes = new Uint8Array(LENGTH_BYTES + headerLength + offset)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength), true)
  bytes.fill(0x20, LENGTH_BYTES, LENGTH_BYTES + headerLength)
  bytes.set(json, LENGTH_BYTES)
  let position = LENGTH_BYTES + headerLength
  for (const [, { data }] of named) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position)
    position += data.byteLength
  }
  return bytes
}

/**
 * Decodes a safetensors file and copies its tensors, so that the alignment of `bytes` does not matter.
 *
 * @param name what the file is called in error messages
 * @throws RobustFeaturesError `INVALID_FILE` for anything the format does not allow: a header beyond the file or
 *   100 MB, other JSON, an unsupported dtype, a shape that does not fit its bytes, holes, overlaps, bytes left over
 */
export function decodeSafetensors(bytes: Uint8Array, name: string): SafetensorsContent {
  const header = decodeHeader(bytes, name)
  const body = bytes.subarray(header.length)
  const metadata = Object.hasOwn(header.fields, METADATA) ? toMetadata(header.fields[METADATA], name) : {}
  const entries = Object.entries(header.fields)
    .filter(([key]) => key !== METADATA)
    .map(([key, value]) => toEntry(key, value, name))
    .sort((a, b) => a.begin - b.begin || a.end - b.end)
  let position = 0
  const tensors = new Map<string, Tensor>()
  for (const entry of entries) {
    if (entry.begin !== position)
      throw file(name, `tensor ${inlineText(entry.name)} at offset ${position}`, String(entry.begin))
    if (entry.end > body.length)
      throw file(name, `${entry.end} bytes of tensors`, `${body.length} (truncated)`)
    position = entry.end
    tensors.set(entry.name, copyTensor(entry, body))
  }
  if (position !== body.length)
    throw file(name, `${position} bytes of tensors`, `${body.length} (bytes left over)`)
  return { tensors, metadata }
}

function decodeHeader(bytes: Uint8Array, name: string): { length: number; fields: Record<string, unknown> } {
  if (bytes.length < LENGTH_BYTES)
    throw file(name, `${LENGTH_BYTES} bytes of header length`, `${bytes.length} (truncated)`)
  const declared = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true)
  if (declared > MAXIMUM_HEADER)
    throw file(
      name,
      `safetensors, whose header has at most ${MAXIMUM_HEADER} bytes`,
      'another format, or a damaged file',
    )
  const length = LENGTH_BYTES + Number(declared)
  if (length > bytes.length) throw file(name, `${length} bytes of header`, `${bytes.length} (truncated)`)
  const text = bytes.subarray(LENGTH_BYTES, length)
  if (text[0] !== 0x7b)
    throw file(name, 'a header that starts with {', text.length === 0 ? 'nothing' : `byte ${text[0]}`)
  let fields: Record<string, unknown>
  try {
    fields = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(text))
  } catch {
    throw file(name, 'a header of UTF-8 JSON', 'text that is none')
  }
  return { length, fields }
}

function toEntry(key: string, value: unknown, name: string): Entry {
  const tensor = `tensor ${inlineText(key)}`
  const entry = headerEntry.safeParse(value)
  if (!entry.success) {
    throw file(name, `${tensor} with a dtype, a shape and two offsets`, inlineText(JSON.stringify(value)))
  }
  const { dtype, shape, data_offsets } = entry.data
  if (!isElementType(dtype)) {
    throw file(
      name,
      `${tensor} with a dtype of ${Object.keys(ELEMENT_TYPES).join(', ')}`,
      describeValue(dtype),
    )
  }
  const [begin, end] = data_offsets
  const byteLength = elementCount(shape) * ELEMENT_TYPES[dtype].BYTES_PER_ELEMENT
  if (!Number.isSafeInteger(byteLength) || end - begin !== byteLength) {
    throw file(name, `${tensor} with ${byteLength} bytes for its shape`, `offsets from ${begin} to ${end}`)
  }
  return { name: key, type: dtype, shape, begin, end }
}

function copyTensor({ type, shape, begin, end }: Entry, body: Uint8Array): Tensor {
  const copy = new Uint8Array(body.subarray(begin, end))
  return { shape, data: new ELEMENT_TYPES[type](copy.buffer) }
}

function elementType(name: string, data: TensorData): ElementType {
  for (const [type, arrayType] of Object.entries(ELEMENT_TYPES)) {
    if (data instanceof arrayType) return type as ElementType
  }
  throw argument(
    `tensors.${inlineText(name)}.data`,
    'a Float64Array, BigInt64Array, Float32Array, Int32Array or Uint8Array',
    describeValue(data),
  )
}

function isElementType(dtype: string): dtype is ElementType {
  return Object.hasOwn(ELEMENT_TYPES, dtype)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function toMetadata(value: unknown, name: string): Record<string, string> {
  if (isTexts(value)) return value
  throw file(name, `text under every name of ${METADATA}`, inlineText(JSON.stringify(value)))
}

function file(name: string, expected: string, found: string): RobustFeaturesError {
  return new RobustFeaturesError('INVALID_FILE', `Expected ${name} to hold ${expected}, got ${found}.`)
}

function argument(name: string, expected: string, found: string): RobustFeaturesError {
  return new RobustFeaturesError('INVALID_ARGUMENT', `Expected \`${name}\` to be ${expected}, got ${found}.`)
}
