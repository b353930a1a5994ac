/** Numbers at which lengths, counts and offsets go wrong. */
const INTERESTING = [
  0,
  1,
  2,
  3,
  4,
  7,
  8,
  16,
  127,
  128,
  255,
  256,
  32767,
  65535,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
]
const TEXTS = [
  ...['0', '-1', '1e400', '-0', '1.5', '9007199254740993', '1099511627776', '99999999999999999999'],
  ...[
    'null',
    'true',
    '[]',
    '{}',
    '""',
    '"a"',
    '"__proto__"',
    '\\u0000',
    '[[[[',
    ']',
    '}',
    ',',
    ':',
    '\n',
    '\r\n',
  ],
]
const LONGEST = 2 ** 16

/** @typedef {import('../helpers/random.mjs').Random} Random */

/** @type {((bytes: Uint8Array, random: Random, others: readonly Uint8Array[]) => Uint8Array)[]} */
const kinds = [
  // Cut off.
  (bytes, random) => bytes.slice(0, random.below(bytes.length + 1)),
  // Bits flipped.
  (bytes, random) => {
    const copy = bytes.slice()
    for (let flips = 1 + random.below(4); flips > 0; flips--) {
      const place = random.below(copy.length)
      if (copy.length > 0) copy[place] = Number(copy[place]) ^ (1 << random.below(8))
    }
    return copy
  },
  // A stretch overwritten.
  (bytes, random) => {
    const copy = bytes.slice()
    const start = random.below(copy.length)
    const end = Math.min(copy.length, start + 1 + random.below(16))
    for (let place = start; place < end; place++) copy[place] = random.below(256)
    return copy
  },
  // A number in place of 1 to 8 bytes, of either byte order.
  (bytes, random) => {
    const width = random.pick([1, 2, 4, 8])
    if (bytes.length < width) return bytes.slice()
    const copy = bytes.slice()
    const place = random.below(copy.length - width + 1)
    let rest = random.pick(INTERESTING)
    const little = random.below(2) === 0
    for (let index = 0; index < width; index++) {
      copy[little ? place + index : place + width - 1 - index] = rest % 256
      rest = Math.floor(rest / 256)
    }
    return copy
  },
  // A stretch left out.
  (bytes, random) => {
    const start = random.below(bytes.length + 1)
    return replaced(
      bytes,
      start,
      start + random.below(Math.min(64, bytes.length - start) + 1),
      new Uint8Array(),
    )
  },
  // A stretch repeated elsewhere, or one of another file put in.
  (bytes, random, others) => {
    const source = random.below(2) === 0 ? bytes : random.pick([bytes, ...others])
    const start = random.below(source.length + 1)
    const piece = source.slice(start, start + 1 + random.below(64))
    const place = random.below(bytes.length + 1)
    const end = random.below(2) === 0 ? place : Math.min(bytes.length, place + piece.length)
    return replaced(bytes, place, end, piece)
  },
  // The beginning of the one and the end of another.
  (bytes, random, others) => {
    const other = random.pick([bytes, ...others])
    return joined(
      bytes.subarray(0, random.below(bytes.length + 1)),
      other.subarray(random.below(other.length + 1)),
    )
  },
  // Bytes added at the end.
  (bytes, random) =>
    joined(
      bytes,
      Uint8Array.from({ length: 1 + random.below(64) }, () => random.below(256)),
    ),
  // A number or a word of a text changed for another.
  (bytes, random) => {
    const words = [
      ...Buffer.from(bytes)
        .toString('latin1')
        .matchAll(/-?\d+(?:\.\d+)?|"[^"]{0,40}"|\w+/g),
    ]
    if (words.length === 0) return bytes.slice()
    const word = random.pick(words)
    const other = random.below(3) > 0 ? random.pick(TEXTS) : random.pick(words)[0]
    return replaced(bytes, word.index, word.index + word[0].length, Buffer.from(other, 'latin1'))
  },
  // Nothing of it left.
  (_, random) => Uint8Array.from({ length: random.below(300) }, () => random.below(256)),
]

/**
 * A file that is damaged in one way, or in up to four.
 *
 * @param {Uint8Array} good
 * @param {Random} random
 * @param {readonly Uint8Array[]} [others] of which pieces may come
 * @returns {Uint8Array}
 */
export function damage(good, random, others = []) {
  let bytes = good
  for (let times = 1 + random.below(random.pick([1, 1, 4])); times > 0; times--)
    bytes = random.pick(kinds)(bytes, random, others)
  return bytes.length > LONGEST + good.length ? bytes.slice(0, LONGEST + good.length) : bytes
}

/** @param {readonly Uint8Array[]} parts */
function joined(...parts) {
  return new Uint8Array(Buffer.concat(parts))
}

/**
 * @param {Uint8Array} bytes
 * @param {number} start
 * @param {number} end
 * @param {Uint8Array} piece
 */
function replaced(bytes, start, end, piece) {
  return joined(bytes.subarray(0, start), piece, bytes.subarray(end))
}
