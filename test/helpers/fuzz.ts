import fc from 'fast-check'
import { expect } from 'vitest'
import { RobustFeaturesError } from '../../src/native/errors.js'

/** Damage to a good file: cut off, bytes added, bits flipped, a stretch overwritten. */
export function damaged(good: Uint8Array): fc.Arbitrary<Uint8Array> {
  const position = fc.nat({ max: Math.max(good.length - 1, 0) })
  return fc.oneof(
    position.map((length) => good.slice(0, length)),
    fc.uint8Array({ minLength: 1, maxLength: 64 }).map((extra) => Uint8Array.of(...good, ...extra)),
    fc.array(fc.tuple(position, fc.nat({ max: 7 })), { minLength: 1, maxLength: 4 }).map((flips) => {
      const copy = good.slice()
      for (const [index, bit] of flips) copy[index] = (copy[index] ?? 0) ^ (1 << bit)
      return copy
    }),
    fc.tuple(position, fc.uint8Array({ minLength: 1, maxLength: 16 })).map(([index, bytes]) => {
      const copy = good.slice()
      copy.set(bytes.subarray(0, copy.length - index), index)
      return copy
    }),
    fc.uint8Array({ maxLength: 300 }),
  )
}

/** `parse` must give `check` something right, or throw one sentence with the code INVALID_FILE. */
export async function expectParsedOrRefused<Result>(
  files: fc.Arbitrary<Uint8Array>,
  parse: (bytes: Uint8Array) => Result | Promise<Result>,
  check: (result: Result) => void,
  numRuns: number,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(files, async (bytes) => {
      let result: Result
      try {
        result = await parse(bytes)
      } catch (error) {
        if (!(error instanceof RobustFeaturesError)) throw error
        expect(error.code).toBe('INVALID_FILE')
        expect(error.message).toMatch(/^Expected [^\r\n]+\.$/)
        return
      }
      check(result)
    }),
    { numRuns, seed: 1 },
  )
}
