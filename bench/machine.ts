import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { arch, cpus, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { threadBudget } from '../src/native/threads.js'
import { inProject, root } from './paths.js'

const execute = promisify(execFile)
const CACHES = '/sys/devices/system/cpu/cpu0/cache'

/** What the numbers depend on besides the code. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly caches: readonly string[]
  readonly memoryBytes: number
  readonly system: string
  /** Of our native engine. */
  readonly instructionSet: string
  readonly blasKernel: string
}

export interface Versions {
  readonly node: string
  readonly package: string
  /** Null outside of a repository; `-dirty` with changes that are not committed. */
  readonly commit: string | null
  readonly openblas: string
  readonly compiler: string
}

interface Diagnosis {
  readonly version: string
  readonly compiler: string
  readonly instructionSet: string
  readonly blas: { readonly version: string; readonly kernel: string }
}

/** @throws Error when the native engine does not run or differs from the oracle */
export async function describeMachine(): Promise<{ machine: Machine; versions: Versions }> {
  const { stdout } = await execute(process.execPath, [
    inProject('dist', 'cli', 'main.js'),
    'doctor',
    '--json',
  ])
  const { version, compiler, instructionSet, blas } = JSON.parse(stdout) as Diagnosis
  return {
    machine: {
      processor: cpus()[0]?.model ?? 'unknown',
      cores: threadBudget().threads,
      caches: caches(),
      memoryBytes: totalmem(),
      system: `${platform()}-${arch()} ${release()}`,
      instructionSet,
      blasKernel: blas.kernel,
    },
    versions: {
      node: process.version,
      package: version,
      commit: await commit(),
      openblas: blas.version,
      compiler,
    },
  }
}

/** Of one core, such as `L2 Unified 1024K`; none where the system does not say. */
function caches(): readonly string[] {
  try {
    return readdirSync(CACHES)
      .filter((name) => name.startsWith('index'))
      .map((name) => {
        const read = (file: string) => readFileSync(join(CACHES, name, file), 'utf8').trim()
        return `L${read('level')} ${read('type')} ${read('size')}`
      })
  } catch {
    return []
  }
}

async function commit(): Promise<string | null> {
  try {
    const { stdout } = await execute(
      'git',
      ['describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'],
      {
        cwd: root,
      },
    )
    return stdout.trim()
  } catch {
    return null
  }
}
