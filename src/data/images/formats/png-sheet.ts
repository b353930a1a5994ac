import { PNG } from 'pngjs'
import { inlineText } from '../../../native/describe.js'
import { invalidFile } from '../../invalid-file.js'
import { CIFAR_CHANNELS, CIFAR_RECORD, CIFAR_SIDE } from './cifar-binary.js'
import { viewOf } from './data-view.js'

const PLANE = CIFAR_SIDE * CIFAR_SIDE
const SIGNATURE = '89504e470d0a1a0a'
const HEADER_BYTES = 33
const DECODED_CHANNELS = 4

/**
 * Turns a lossless PNG sheet, one 32 × 32 image in each row of 1,024 pixels, into records of CIFAR-10's binary version.
 *
 * @param labels one per row, 0 … 9
 * @param name what the file is called in error messages
 * @throws RobustFeaturesError `INVALID_FILE`
 */
export function cifarRecordsFromSheet(png: Uint8Array, labels: readonly number[], name: string): Uint8Array {
  const count = labels.length
  const pixels = decodeSheet(png, count, name)
  const records = new Uint8Array(count * CIFAR_RECORD)
  for (const [row, label] of labels.entries()) {
    if (!Number.isInteger(label) || label < 0 || label > 9) {
      throw invalidFile(name, 'labels from 0 to 9', `${label} for row ${row}`)
    }
    const start = row * CIFAR_RECORD
    records[start] = label
    for (let channel = 0; channel < CIFAR_CHANNELS; channel++)
      for (let pixel = 0; pixel < PLANE; pixel++)
        records[start + 1 + channel * PLANE + pixel] = pixels[
          (row * PLANE + pixel) * DECODED_CHANNELS + channel
        ] as number
  }
  return records
}

/** The size is read from the header first: the decoder allocates and decompresses no more than it declares. */
function decodeSheet(png: Uint8Array, rows: number, name: string): Uint8Array {
  if (png.length < HEADER_BYTES || Buffer.from(png.subarray(0, 8)).toString('hex') !== SIGNATURE) {
    throw invalidFile(name, 'a PNG image', 'something else')
  }
  const header = viewOf(png)
  const [width, height] = [header.getUint32(16), header.getUint32(20)]
  const [depth, colour] = [png[24], png[25]]
  if (width !== PLANE || height !== rows || depth !== 8 || (colour !== 2 && colour !== 6)) {
    const found = `${width} × ${height} of ${depth} bits and colour type ${colour}`
    throw invalidFile(name, `${PLANE} × ${rows} pixels of 8-bit red, green and blue`, found)
  }
  try {
    return PNG.sync.read(Buffer.from(png.buffer, png.byteOffset, png.byteLength)).data
  } catch (cause) {
    // The message has bytes of the file in it.
    const reason = inlineText(cause instanceof Error ? cause.message : String(cause))
    throw invalidFile(name, 'an intact PNG image', reason, { cause })
  }
}
