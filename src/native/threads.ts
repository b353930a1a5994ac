import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'

/** How many threads to use by default, and what decided it. */
export interface ThreadBudget {
  readonly threads: number
  readonly reason: string
}

/** The processors this process may use: its affinity, lowered by the cgroup's quota (containers) where there is one. */
export function threadBudget(): ThreadBudget {
  const processors = availableParallelism()
  const quota = cgroupQuota()
  if (quota !== undefined && quota < processors) {
    return { threads: Math.max(1, Math.floor(quota)), reason: `cgroup quota of ${quota} processors` }
  }
  return { threads: processors, reason: `${processors} processors available` }
}

/** Processors' worth of time per period, from cgroup v2 or v1; undefined without a limit. */
function cgroupQuota(): number | undefined {
  const [quota, period] = readWords('/sys/fs/cgroup/cpu.max') ?? [
    readWords('/sys/fs/cgroup/cpu/cpu.cfs_quota_us')?.[0],
    readWords('/sys/fs/cgroup/cpu/cpu.cfs_period_us')?.[0],
  ]
  const processors = Number(quota) / Number(period)
  return Number.isFinite(processors) && processors > 0 ? processors : undefined
}

function readWords(path: string): string[] | undefined {
  try {
    return readFileSync(path, 'utf8').trim().split(/\s+/)
  } catch {
    return undefined
  }
}

/** Threads as asked for, else all that this process may use. */
export function threadsOrDefault(threads: number | undefined): number {
  return threads ?? threadBudget().threads
}
