import type AdmZip from 'adm-zip'
import { inlineText } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'
import { writeFileAtomically } from './atomic-file.js'
import { invalidFile } from './invalid-file.js'
import { decodeNpy, encodeNpy } from './npy.js'
import { readRegularFile } from './read-file.js'
import { isTexts, type SafetensorsContent, type Tensor } from './safetensors.js'

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
 * @throws RobustFeaturesError `FILE_NOT_FOUND` or `INVALID_FILE`
 */
export async function readNpz(path: string): Promise<SafetensorsContent> {
  return decodeNpz(await readRegularFile(path, MAXIMUM_FILE), path, await zipLibrary())
}

/**
 * Writes tensors as a .npz file, atomically and uncompressed like NumPy's `savez`: `numpy.load(path)['name']` is a
 * tensor, `json.loads(numpy.load(path)['metadata.json'])` are the metadata, where there are any.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` when a shape does not fit its data, or `WRITE_FAILED`
 */
export async function writeNpz(path: string, content: Partial<SafetensorsContent>): Promise<void> {
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
  return zip.toBuffer()
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

function membersOf(
  bytes: Uint8Array,
  name: string,
  Zip: typeof AdmZip,
): { member: string; data: Uint8Array }[] {
  try {
    const entries = new Zip(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), {
      noSort: true,
    }).getEntries()
    // Before anything is unpacked, for a small archive may claim to be a huge one.
    const size = entries.reduce((sum, { header }) => sum + header.size, 0)
    if (size > MAXIMUM_FILE)
      throw invalidFile(name, `at most ${MAXIMUM_FILE} bytes when unpacked`, String(size))
    const names = new Set(entries.map(({ entryName }) => entryName))
    if (names.size !== entries.length) throw invalidFile(name, 'members of different names', 'one name twice')
    return entries.map((entry) => ({ member: entry.entryName, data: entry.getData() }))
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
