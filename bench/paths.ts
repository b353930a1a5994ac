import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The clone: this file runs from build/bench/bench, and from bench in tests. */
export const root = findRoot(dirname(fileURLToPath(import.meta.url)))

export function inProject(...parts: readonly string[]): string {
  return join(root, ...parts)
}

/** A path for a report: what lies in the clone is told from there. */
export function shownPath(path: string): string {
  const fromRoot = relative(root, path)
  return fromRoot.startsWith('..') || isAbsolute(fromRoot) ? path : fromRoot
}

function findRoot(folder: string): string {
  return existsSync(join(folder, 'package.json')) ? folder : findRoot(dirname(folder))
}
