import type AdmZip from 'adm-zip'
import { inlineText } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'
import { writeFileAtomically } from './atomic-file.js'
import { invalidFile } from './invalid-file.js'
import { decodeNpy, encodeNpy } from './npy.js'
import { plausibleSize } from './plausible-size.js'
import { readRegularFile } from './read-file.js'
import { isTexts, requireContent, type SafetensorsContent, type Tensor } from './tensor-content.js'

const MAXIMUM_FILE = 2 ** 31 - 1
const MAXIMUM_NAME = 65535
const ENDING = '.npy'
const METADATA = 'metadata.json'
/** Of every member, so that equal content gives equal bytes: the first that the format knows. */
const TIME = new Date(1980, 0, 1)
const STORED = 0

/**
 * Reads a .npz file, such as `writeNpz` or NumPy's `savez` and `savez_compressed` write: a zip archive of .npy arrays, of
 * float64, int64, float32, int32, uint8 or bool elements. The metadata are a member `metadata.json`, where there is one.
 *
 * @param path of the file
 * @throws RobustFeaturesError `FILE_NOT_FOUND` or `INVALID_FILE`
 */
export async function readNpz(path: string): Promise<SafetensorsContent> {
  return decodeNpz(await readRegularFile(path, MAXIMUM_FILE), path, await zipLibrary())
}

/**
 * Writes tensors as a .npz file, atomically and uncompressed like NumPy's `savez`: `numpy.load(path)['name']` is a
 * tensor, `json.loads(numpy.load(path)['metadata.json'])` are the metadata, where there are any.
 *
 * @param path of the file
 * @param content tensors by name, and metadata; default: none of either
 * @throws RobustFeaturesError `INVALID_ARGUMENT` when a shape does not fit its data, or for 2 GiB, which `readNpz` would
 *   refuse; `WRITE_FAILED`
 */
export async function writeNpz(path: string, content: Partial<SafetensorsContent>): Promise<void> {
  requireContent(content)
  await writeFileAtomically(path, encodeNpz(content, await zipLibrary()))
}

/** Loaded where it is wanted, for nothing else reads zip archives. */
export async function zipLibrary(): Promise<typeof AdmZip> {
  return (await import('adm-zip')).default
}

export function encodeNpz(
  { tensors = new Map(), metadata = {} }: Partial<SafetensorsContent>,
  Zip: typeof AdmZip,
): Uint8Array {
  // Before anything is copied.
  requireReadable([...tensors.values()].reduce((sum, { data }) => sum + data.byteLength, 0))
  const zip = new Zip()
  const add = (name: string, bytes: Uint8Array) => {
    const entry = zip.addFile(name, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
    // The library cleans paths, such as ../a, and the length of a name has 16 bits.
    const kept = Buffer.from(entry.entryName)
    if (kept.toString() !== name || kept.length > MAXIMUM_NAME) {
      const found = inlineText(name.slice(0, -ENDING.length))
      throw new RobustFeaturesError(
        'INVALID_ARGUMENT',
        `Expected \`tensors\` to have names that a zip archive keeps, got '${found}'.`,
      )
    }
    entry.header.method = STORED
    entry.header.time = TIME
  }
  for (const [name, tensor] of tensors) add(`${name}${ENDING}`, encodeNpy(tensor, name))
  if (Object.keys(metadata).length > 0) add(METADATA, new TextEncoder().encode(JSON.stringify(metadata)))
  const bytes = zip.toBuffer()
  requireReadable(bytes.length)
  return bytes
}

function requireReadable(size: number): void {
  if (size <= MAXIMUM_FILE) return
  throw new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected \`tensors\` to fit into a .npz file of ${MAXIMUM_FILE} bytes, got ${size}.`,
  )
}

/**
 * @param name what the file is called in error messages
 * @throws RobustFeaturesError `INVALID_FILE` for another or a damaged archive, other members, and what `decodeNpy` refuses
 */
export function decodeNpz(bytes: Uint8Array, name: string, Zip: typeof AdmZip): SafetensorsContent {
  const tensors = new Map<string, Tensor>()
  let metadata: Readonly<Record<string, string>> = {}
  for (const { member, data } of membersOf(bytes, name, Zip)) {
    const shown = `${name}, member ${inlineText(member)},`
    if (member === METADATA) metadata = parsedMetadata(data, shown)
    else if (member.endsWith(ENDING)) tensors.set(member.slice(0, -ENDING.length), decodeNpy(data, shown))
    else throw invalidFile(name, `members that end in ${ENDING}`, inlineText(member))
  }
  return { tensors, metadata }
}

/** One member at a time, so that what was read of the one before can go. */
function* membersOf(
  bytes: Uint8Array,
  name: string,
  Zip: typeof AdmZip,
): Generator<{ member: string; data: Uint8Array }> {
  for (const entry of orRefused(name, () => checkedEntries(bytes, name, Zip)))
    yield { member: entry.entryName, data: orRefused(name, () => entry.getData()) }
}

/** Looked at before anything is unpacked, for a small archive may claim to be a huge one. */
function checkedEntries(bytes: Uint8Array, name: string, Zip: typeof AdmZip): AdmZip.IZipEntry[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const entries = new Zip(buffer, { noSort: true }).getEntries()
  const names = new Set(entries.map(({ entryName }) => entryName))
  if (names.size !== entries.length) throw invalidFile(name, 'members of different names', 'one name twice')
  let [packed, unpacked] = [0, 0]
  for (const { entryName, header } of entries) {
    const { method, size, compressedSize } = header
    // The library goes by the one size for such members, and by the other for all others.
    if (method === STORED && size !== compressedSize) {
      const found = `${size} and ${compressedSize} for ${inlineText(entryName)}`
      throw invalidFile(name, 'uncompressed members with one size', found)
    }
    packed += compressedSize
    unpacked += size
  }
  // Members that lie over each other repeat the same bytes.
  if (packed > bytes.length)
    throw invalidFile(name, `members of together at most ${bytes.length} bytes, its own size`, String(packed))
  const allowed = plausibleSize(bytes.length, MAXIMUM_FILE)
  if (unpacked > allowed) throw invalidFile(name, `at most ${allowed} bytes when unpacked`, String(unpacked))
  return entries
}

/** What the library throws, as an error for the file. */
function orRefused<Value>(name: string, read: () => Value): Value {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof RobustFeaturesError) throw cause
    const reason = inlineText(cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '')
    throw invalidFile(name, 'a zip archive of .npy arrays', `a damaged or another file (${reason})`, {
      cause,
    })
  }
}

function parsedMetadata(data: Uint8Array, name: string): Readonly<Record<string, string>> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data))
    if (isTexts(value)) return value
  } catch {
    // Said below.
  }
  throw invalidFile(name, 'JSON of an object of text', 'something else')
}
