import { type Benchmark, isImageCase } from './cases/benchmark.js'
import type { Command } from './contender-process.js'
import type { ContenderEntry } from './contenders/registry.js'
import { inProject } from './paths.js'

/** Where contenders that are not ours come from. */
export interface PeerEnvironment {
  readonly python: string
  /** Folder of the TensorFlow library that tfjs-node is built with. */
  readonly libtensorflow: string | undefined
  /** Of the registry's modules, those that are not installed. */
  readonly missing: ReadonlySet<string>
}

/** Why an entry cannot even be started here; undefined when it can. */
export function whyMissing(
  { language, module }: ContenderEntry,
  { missing, python }: PeerEnvironment,
): string | undefined {
  if (module === undefined || !missing.has(module)) return undefined
  return `${language === 'python' ? python : 'build/peers'} has no ${module}; --install-peers installs it.`
}

/** @param benchmark chooses between an entry's programs for patch networks and for layered ones */
export function commandOf(
  entry: ContenderEntry,
  { python, libtensorflow }: PeerEnvironment,
  threads: number,
  benchmark: Benchmark,
): Command {
  const { name, language } = entry
  const file = isImageCase(benchmark) ? entry.layeredFile : entry.file
  const environment = {
    BENCH_THREADS: String(threads),
    ...(libtensorflow !== undefined && { TFJS_NODE_LIBTENSORFLOW: libtensorflow }),
  }
  if (language === 'python') {
    return { program: python, args: [inProject('bench', 'peers', `${file}.py`), name], environment }
  }
  const script = inProject('build', 'bench', 'bench', 'contenders', `${file}.js`)
  return { program: process.execPath, args: [script, name], environment }
}
