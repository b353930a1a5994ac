import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The clone: this file runs from build/bench/bench, and from bench in tests. */
export const root = findRoot(dirname(fileURLToPath(import.meta.url)))

export function inProject(...parts: readonly string[]): string {
  return join(root, ...parts)
}

function findRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findRoot(dirname(folder))
}
