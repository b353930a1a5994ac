import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { addonSource } from '../../src/native/addon.js'
import { type Ending, runProgram as runNodeProgram } from './run-program.mjs'

/** Runs test/boundary/programs/`name`.mjs on an addon. */
export function runProgram(
  name: string,
  args: string[] = [],
  nodeOptions: string[] = [],
  addon = addonSource().path,
): Promise<Ending> {
  const script = fileURLToPath(new URL(`../boundary/programs/${name}.mjs`, import.meta.url))
  return runNodeProgram([...nodeOptions, script, addon, ...args])
}

/** The program ended by itself, with this exit code and nothing on stderr. */
export function expectEnding(ending: Ending, code = 0): void {
  const { code: found, signal, stderr } = ending
  expect({ code: found, signal, stderr }).toEqual({ code, signal: null, stderr: '' })
}

/** What `fuzz-addon` printed: so many calls, of every function some that passed the checks. */
export function expectFuzzed({ stdout }: Ending, calls: number): void {
  const endings: Record<string, { accepted: number; refused: number }> = JSON.parse(stdout)
  const counts = Object.values(endings)
  expect(counts.reduce((sum, { accepted, refused }) => sum + accepted + refused, 0)).toBe(calls)
  expect(counts.reduce((sum, { refused }) => sum + refused, 0)).toBeGreaterThan(calls / 4)
  for (const [name, { accepted }] of Object.entries(endings))
    expect({ name, accepted }).not.toEqual({ name, accepted: 0 })
}
