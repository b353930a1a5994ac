import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { addonSource } from '../../src/native/addon.js'

export interface Ending {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** Runs test/boundary/programs/`name`.mjs in a process of its own: it may crash without taking the tests along. */
export function runProgram(
  name: string,
  args: string[] = [],
  nodeOptions: string[] = [],
  addon = addonSource().path,
): Promise<Ending> {
  const script = fileURLToPath(new URL(`../boundary/programs/${name}.mjs`, import.meta.url))
  const child = spawn(process.execPath, [...nodeOptions, script, addon, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}

/** The program ended by itself, with this exit code and nothing on stderr. */
export function expectEnding(ending: Ending, code = 0): void {
  const { code: found, signal, stderr } = ending
  expect({ code: found, signal, stderr }).toEqual({ code, signal: null, stderr: '' })
}
