import fc from 'fast-check'
import { damage } from '../fuzz/damage.mjs'
import { refusalCode } from '../fuzz/refusal.mjs'
import { Random } from './random.mjs'

/** Files that are a good one damaged. */
export function damaged(good: Uint8Array): fc.Arbitrary<Uint8Array> {
  return fc.nat().map((seed) => damage(good, new Random(seed)))
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
        if (refusalCode(error) !== 'INVALID_FILE') throw error
        return
      }
      check(result)
    }),
    { numRuns, seed: 1 },
  )
}
