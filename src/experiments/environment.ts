import { arch, cpus, platform, release, totalmem } from 'node:os'
import { nativeAddon } from '../native/addon.js'

/** What a run's timings, though not its results, depend on. */
export function environment(threads: number): object {
  return {
    node: process.version,
    platform: `${platform()} ${release()} ${arch()}`,
    processor: cpus()[0]?.model ?? 'unknown',
    processors: cpus().length,
    memoryBytes: totalmem(),
    threads,
    addon: nativeAddon().information(),
  }
}
