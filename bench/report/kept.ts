import { readFileSync } from 'node:fs'
import { inProject } from '../paths.js'
import type { BenchmarkDocument } from './document.js'

/** A run that docs/performance.md shows, kept in bench/results. */
export function keptRun(name: string): BenchmarkDocument {
  return JSON.parse(readFileSync(inProject('bench', 'results', `${name}.json`), 'utf8')) as BenchmarkDocument
}
