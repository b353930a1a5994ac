import { describeValue } from '../../../native/describe.js'
import { invalidFile } from '../../invalid-file.js'
import type { DecodedImages } from '../decoded-images.js'
import { parseMatlab5 } from './matlab5.js'

const SIDE = 32
const CHANNELS = 3
const PLANE = SIDE * SIDE
const SIZE = PLANE * CHANNELS

/**
 * Decodes a file of SVHN's cropped digits: `X` of bytes, 32 × 32 × 3 × N, and `y` with N labels 1 … 10 of any numeric
 * type, where 10 is the digit 0.
 *
 * @param name what the file is called in error messages
 * @throws RobustFeaturesError `INVALID_FILE`
 */
export async function parseSvhn(bytes: Uint8Array, name: string): Promise<DecodedImages> {
  const arrays = await parseMatlab5(bytes, name)
  const [X, y] = [arrays.get('X'), arrays.get('y')]
  if (X === undefined || y === undefined) {
    const found = [...arrays.keys()].join(', ')
    throw invalidFile(name, 'the numeric arrays X and y', found === '' ? 'none' : describeValue(found))
  }
  const [height, width, channels, count = 1] = X.shape
  if (height !== SIDE || width !== SIDE || channels !== CHANNELS || X.shape.length > 4) {
    throw invalidFile(name, `an array X of ${SIDE} × ${SIDE} × ${CHANNELS} × N`, X.shape.join(' × '))
  }
  if (!(X.data instanceof Uint8Array)) throw invalidFile(name, 'bytes in X', describeValue(X.data))
  if (y.data.length !== count) throw invalidFile(name, `${count} labels in y`, String(y.data.length))
  const wrong = y.data.findIndex((label) => !Number.isInteger(label) || label < 1 || label > 10)
  if (wrong !== -1) throw invalidFile(name, 'labels from 1 to 10 in y', String(y.data[wrong]))
  return {
    images: channelsLast(X.data),
    labels: Uint8Array.from(y.data, (label) => label % 10),
    height,
    width,
    channels,
  }
}

/** In MATLAB's order an image is planes of columns; the array is the parser's own copy, so it is rearranged in place. */
function channelsLast(data: Uint8Array): Uint8Array {
  const source = new Uint8Array(SIZE)
  for (let start = 0; start < data.length; start += SIZE) {
    source.set(data.subarray(start, start + SIZE))
    let next = start
    for (let row = 0; row < SIDE; row++)
      for (let column = 0; column < SIDE; column++)
        for (let channel = 0; channel < CHANNELS; channel++)
          data[next++] = source[channel * PLANE + column * SIDE + row] as number
  }
  return data
}
