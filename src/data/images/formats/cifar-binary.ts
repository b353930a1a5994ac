import { invalidFile } from '../../invalid-file.js'
import type { DecodedImages } from '../decoded-images.js'

export const CIFAR_SIDE = 32
export const CIFAR_CHANNELS = 3
const PLANE = CIFAR_SIDE * CIFAR_SIDE
/** Bytes of a record: a label and three planes. */
export const CIFAR_RECORD = 1 + CIFAR_CHANNELS * PLANE

/**
 * Decodes a file of CIFAR-10's binary version: records of a label, 0 … 9, and 32 × 32 red, then green, then blue
 * values, row by row.
 *
 * @param name what the file is called in error messages
 * @throws RobustFeaturesError `INVALID_FILE`
 */
export function parseCifarBinary(bytes: Uint8Array, name: string): DecodedImages {
  const count = bytes.length / CIFAR_RECORD
  if (!Number.isInteger(count)) {
    const whole = Math.floor(count)
    const found = `${whole} and ${bytes.length - whole * CIFAR_RECORD} bytes (truncated)`
    throw invalidFile(name, `records of ${CIFAR_RECORD} bytes`, found)
  }
  const images = new Uint8Array(count * CIFAR_CHANNELS * PLANE)
  const labels = new Uint8Array(count)
  let next = 0
  for (let record = 0; record < count; record++) {
    const start = record * CIFAR_RECORD
    const label = bytes[start] as number
    if (label > 9) throw invalidFile(name, 'labels from 0 to 9', `${label} in record ${record}`)
    labels[record] = label
    for (let pixel = 0; pixel < PLANE; pixel++)
      for (let channel = 0; channel < CIFAR_CHANNELS; channel++)
        images[next++] = bytes[start + 1 + channel * PLANE + pixel] as number
  }
  return { images, labels, height: CIFAR_SIDE, width: CIFAR_SIDE, channels: CIFAR_CHANNELS }
}
