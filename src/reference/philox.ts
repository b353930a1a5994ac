import type { NativeRandom } from '../native/contract.js'

const ROUNDS = 10
const MULTIPLIERS = [0xd2511f53, 0xcd9e8d57] as const
const KEY_INCREMENTS = [0x9e3779b9, 0xbb67ae85] as const

/**
 * Philox 4×32-10 (Salmon et al. 2011): four random 32-bit words from four counter words and two key words.
 * One round: (c0, c1, c2, c3) → (hi(M1·c2) ⊕ c1 ⊕ k0, lo(M1·c2), hi(M0·c0) ⊕ c3 ⊕ k1, lo(M0·c0)).
 */
export function philox4x32(
  counter: readonly [number, number, number, number],
  key: readonly [number, number],
): [number, number, number, number] {
  let [c0, c1, c2, c3] = counter
  let [k0, k1] = key
  for (let round = 0; round < ROUNDS; round++) {
    const product0 = multiply(MULTIPLIERS[0], c0)
    const product1 = multiply(MULTIPLIERS[1], c2)
    c0 = (product1.high ^ c1 ^ k0) >>> 0
    c1 = product1.low
    c2 = (product0.high ^ c3 ^ k1) >>> 0
    c3 = product0.low
    k0 = (k0 + KEY_INCREMENTS[0]) >>> 0
    k1 = (k1 + KEY_INCREMENTS[1]) >>> 0
  }
  return [c0, c1, c2, c3]
}

/** The two 32-bit halves of a 64-bit product. */
function multiply(a: number, b: number): { high: number; low: number } {
  const product = BigInt(a) * BigInt(b)
  return { high: Number(product >> 32n), low: Number(product & 0xffffffffn) }
}

/** FNV-1a, 32 bits, of the UTF-8 bytes of the stream's name. */
export function streamId(name: string): number {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(name)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  }
  return hash
}

/**
 * The two uniforms of a block, (a >> 11)·2⁻⁵³ and (b >> 11)·2⁻⁵³ with a = w0 + w1·2³² and
 * b = w2 + w3·2³²; counter = (block, item, round, stream id), key = (seed's low, seed's high 32 bits).
 */
function uniformBlock(
  seed: number,
  stream: string,
  item: number,
  round: number,
  block: number,
): [number, number] {
  const key = [seed % 2 ** 32, Math.floor(seed / 2 ** 32)] as const
  const [w0, w1, w2, w3] = philox4x32([block, item, round, streamId(stream)], key)
  return [unitInterval(w0, w1), unitInterval(w2, w3)]
}

/** The upper 53 bits of low + high·2³² as a number in [0, 1). */
function unitInterval(low: number, high: number): number {
  return (high * 2 ** 21 + (low >>> 11)) * 2 ** -53
}

/** `count` uniform numbers in [0, 1): element e is lane e mod 2 of block ⌊e/2⌋. */
export function uniform(seed: number, stream: string, item: number, count: number, round = 0): Float64Array {
  const values = new Float64Array(count)
  for (let e = 0; e < count; e += 2) {
    values.set(uniformBlock(seed, stream, item, round, e / 2).slice(0, count - e), e)
  }
  return values
}

/**
 * `count` standard normal numbers by Box–Muller: block b's uniforms u1, u2 give r = √(−2 log(1 − u1)),
 * element 2b = r cos(2π u2) and element 2b + 1 = r sin(2π u2).
 */
export function normal(seed: number, stream: string, item: number, count: number, round = 0): Float64Array {
  const values = new Float64Array(count)
  for (let e = 0; e < count; e += 2) {
    const [u1, u2] = uniformBlock(seed, stream, item, round, e / 2)
    const radius = Math.sqrt(-2 * Math.log(1 - u1))
    const pair = [radius * Math.cos(2 * Math.PI * u2), radius * Math.sin(2 * Math.PI * u2)]
    values.set(pair.slice(0, count - e), e)
  }
  return values
}

/**
 * A random order of 0 … count − 1 (Fisher–Yates): for i = count − 1 down to 1, swap places i and
 * ⌊u_e (i + 1)⌋ with uniform element e = count − 1 − i.
 */
export function permutation(
  seed: number,
  stream: string,
  item: number,
  count: number,
  round = 0,
): Int32Array {
  const order = new Int32Array(count)
  for (let i = 0; i < count; i++) order[i] = i
  const draws = uniform(seed, stream, item, Math.max(count - 1, 0), round)
  for (let i = count - 1; i >= 1; i--) {
    const j = Math.floor(draws[count - 1 - i]! * (i + 1))
    const moved = order[i]!
    order[i] = order[j]!
    order[j] = moved
  }
  return order
}

/** Twin of `NativeAddon.random`. */
export const random: NativeRandom = { uniform, normal, permutation }
