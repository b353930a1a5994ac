import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { MEMORY_LIMIT_BYTES, memoryShape } from './cases/memory.js'
import type { Unsupported } from './contenders/contender.js'
import { OURS } from './contenders/registry.js'
import type { MemoryResult } from './measurement/results.js'

/** What the measured process reports. */
export interface MemoryFigures {
  /** Most resident bytes in a step, less those that are resident once the data are made. */
  readonly steps: readonly { readonly step: string; readonly peakBytes: number }[]
  /** One copy: inputs and labels. */
  readonly dataBytes: number
  /** Resident before and after the data are made, and the most while they are. */
  readonly idleBytes: number
  readonly residentBytes: number
  readonly samplingPeakBytes: number
}

export interface MemoryMeasured extends MemoryResult, MemoryFigures {}

/**
 * Peak memory of training beyond one copy of the data, on 2 threads: the most resident bytes during a step less those
 * resident before the first, when the process holds Node, the library and the data. The worst step counts.
 */
export async function measureMemory(): Promise<MemoryMeasured | Unsupported> {
  const script = fileURLToPath(new URL('memory-process.js', import.meta.url))
  // Garbage collection on demand, so that rubbish of the start is not taken for the data's.
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', script])
  const figures = JSON.parse(stdout) as MemoryFigures | Unsupported
  if ('unsupported' in figures) return figures
  const { samples, patches, dimension, classes, filtersPerClass } = memoryShape
  return {
    contender: OURS,
    peakBytes: Math.max(...figures.steps.map(({ peakBytes }) => peakBytes)),
    limitBytes: MEMORY_LIMIT_BYTES,
    samples,
    patches,
    dimension,
    filters: classes * filtersPerClass,
    ...figures,
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.stdout.write(`${JSON.stringify(await measureMemory(), null, 2)}\n`)
}
