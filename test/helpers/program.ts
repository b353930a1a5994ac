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
