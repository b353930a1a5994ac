import { deflateSync } from 'node:zlib'

/** @type {Readonly<Record<number, number>>} */
const TYPE_SIZES = { 1: 1, 2: 1, 5: 4, 6: 4, 9: 8 }

/**
 * @typedef {object} MatlabVariable
 * @property {string} name
 * @property {readonly number[]} shape
 * @property {ArrayLike<number>} data
 * @property {number} [kind] class of the array: 6 double, 9 uint8
 * @property {number} [type] in which the numbers are stored: 1 int8, 2 uint8, 9 double; default 2
 * @property {number} [flags]
 * @property {boolean} [compressed]
 */

/**
 * The bytes of a MATLAB v5 file.
 *
 * @param {readonly MatlabVariable[]} variables
 * @returns {Uint8Array}
 */
export function matlabFile(variables) {
  const header = Buffer.alloc(128)
  header.write('MATLAB 5.0 MAT-file, written by a test', 'latin1')
  header.writeUInt16LE(0x0100, 124)
  header.write('IM', 126, 'latin1')
  return Buffer.concat([header, ...variables.map(matlabVariable)])
}

/** @param {MatlabVariable} variable */
export function matlabVariable(variable) {
  const { name, shape, data, kind = 9, type = 2, flags = 0, compressed = true } = variable
  const matrix = element(
    14,
    Buffer.concat([
      element(6, numbers(6, [kind | flags, 0])),
      element(5, numbers(5, shape)),
      element(1, Buffer.from(name, 'latin1')),
      element(type, numbers(type, data)),
    ]),
  )
  if (!compressed) return matrix
  const packed = deflateSync(matrix)
  return Buffer.concat([numbers(6, [15, packed.length]), packed])
}

/**
 * A tag and data padded to 8 bytes; at most 4 bytes of data make a small element.
 *
 * @param {number} type
 * @param {Buffer} data
 */
function element(type, data) {
  if (data.length > 0 && data.length <= 4) {
    return Buffer.concat([numbers(6, [type | (data.length << 16)]), data, Buffer.alloc(4 - data.length)])
  }
  const padding = Buffer.alloc(Math.ceil(data.length / 8) * 8 - data.length)
  return Buffer.concat([numbers(6, [type, data.length]), data, padding])
}

/**
 * @param {number} type
 * @param {ArrayLike<number>} values
 */
function numbers(type, values) {
  const size = TYPE_SIZES[type] ?? 1
  const buffer = Buffer.alloc(values.length * size)
  for (let index = 0; index < values.length; index++) {
    const value = values[index] ?? 0
    if (type === 9) buffer.writeDoubleLE(value, index * size)
    else if (size === 4) buffer.writeUInt32LE(value >>> 0, index * size)
    else buffer.writeUInt8(value & 0xff, index)
  }
  return buffer
}

/**
 * `X` and `y` as SVHN has them, from images of channels-last bytes.
 *
 * @param {Uint8Array} images
 * @param {readonly number[]} labels
 * @returns {[MatlabVariable, MatlabVariable]}
 */
export function svhnVariables(images, labels) {
  const data = new Uint8Array(images.length)
  for (let index = 0; index < images.length; index++) {
    const [image, inside] = [Math.floor(index / 3072), index % 3072]
    const [pixel, channel] = [Math.floor(inside / 3), inside % 3]
    const [row, column] = [Math.floor(pixel / 32), pixel % 32]
    data[image * 3072 + channel * 1024 + column * 32 + row] = images[index] ?? 0
  }
  return [
    { name: 'X', shape: [32, 32, 3, labels.length], data },
    { name: 'y', shape: [labels.length, 1], data: labels },
  ]
}
