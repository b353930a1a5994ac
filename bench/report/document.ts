import type { Machine, Versions } from '../machine.js'
import type { Pace } from '../measurement/pace.js'
import type { CaseResult, MemoryOutcome } from '../measurement/results.js'
import { type TargetValue, targetValues } from './target-values.js'

/** Everything a run found out, as `--json` writes it. */
export interface BenchmarkDocument {
  readonly format: 1
  /** ISO 8601. */
  readonly date: string
  /** False while cases are still to come, or after an interruption. */
  readonly complete: boolean
  readonly elapsedSeconds: number
  readonly machine: Machine
  readonly versions: Versions & { readonly peers: Readonly<Record<string, string>> }
  readonly settings: Settings
  /** 10⁹ operations per second of a large matrix product, as the floor measured it; by number of threads. */
  readonly sgemmPeakGflops: Readonly<Record<string, number>>
  readonly cases: readonly CaseResult[]
  readonly memory: MemoryOutcome | null
  readonly targets: readonly TargetValue[]
}

export interface Settings extends Pace {
  readonly quick: boolean
  /** The most threads of a contender. */
  readonly threads: number
  readonly libtensorflow: string | null
  readonly python: string
}

interface Findings {
  readonly started: Date
  readonly complete: boolean
  readonly machine: Machine
  readonly versions: Versions
  readonly settings: Settings
  readonly cases: readonly CaseResult[]
  readonly memory: MemoryOutcome | undefined
}

export function documentOf(findings: Findings): BenchmarkDocument {
  const { started, complete, machine, versions, settings, cases, memory } = findings
  return {
    format: 1,
    date: started.toISOString(),
    complete,
    elapsedSeconds: Math.round((Date.now() - started.getTime()) / 1000),
    machine,
    versions: { ...versions, peers: peerVersions(cases) },
    settings,
    sgemmPeakGflops: sgemmPeaks(cases),
    cases,
    memory: memory ?? null,
    targets: targetValues(cases, memory),
  }
}

function peerVersions(cases: readonly CaseResult[]): Readonly<Record<string, string>> {
  return Object.assign({}, ...measured(cases).map(({ versions }) => versions))
}

function sgemmPeaks(cases: readonly CaseResult[]): Readonly<Record<string, number>> {
  const peaks = measured(cases).flatMap(({ threads, settings: { peakGflops } }) =>
    typeof peakGflops === 'number' ? [[String(threads), peakGflops] as const] : [],
  )
  const best = new Map<string, number>()
  for (const [threads, peak] of peaks) best.set(threads, Math.max(peak, best.get(threads) ?? 0))
  return Object.fromEntries(best)
}

function measured(cases: readonly CaseResult[]) {
  return cases.flatMap(({ results }) => results.filter((result) => result.status === 'measured'))
}
