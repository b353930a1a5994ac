import { FLOOR, OURS } from '../contenders/registry.js'
import { type CaseResult, type MemoryOutcome, measuredOf, resultOf } from '../measurement/results.js'
import { ratio } from '../measurement/statistics.js'
import { MEMORY_TARGET, OURS_ON_ONE_THREAD, type Target, targets } from '../targets.js'

/** A target and what came out. */
export interface TargetValue {
  readonly case: string
  readonly versus: string
  readonly kind: 'at most' | 'at least'
  readonly goal: number | null
  /** Null when it was not measured. */
  readonly value: number | null
  /** Null when there is nothing to meet: without a goal, or against what cannot do the case. */
  readonly met: boolean | null
  /** What would come out against a peer if ours took the floor's time. */
  readonly atFloor?: number
  /** Which contender was the fastest of those meant. */
  readonly contender?: string
  readonly reason?: string
}

type Finding = Presence | Absence

interface Presence {
  readonly value: number
  readonly atFloor?: number
  readonly contender: string
}

interface Absence {
  readonly value: null
  readonly reason: string
  /** Whether the others cannot do the case at all, which is no fault of ours. */
  readonly excused: boolean
}

const MEBIBYTE = 2 ** 20

/** Every target, measured or not. */
export function targetValues(
  cases: readonly CaseResult[],
  memory: MemoryOutcome | undefined,
): readonly TargetValue[] {
  return [...targets.map((target) => outcomeOf(target, cases)), memoryValue(memory)]
}

function outcomeOf(target: Target, results: readonly CaseResult[]): TargetValue {
  const { case: name, versus, kind, goal } = target
  const findings = target.cases.map((caseName) =>
    find(
      target,
      results.find((result) => result.name === caseName),
    ),
  )
  const absent = findings.find((finding): finding is Absence => finding.value === null)
  if (absent !== undefined) {
    const met = goal === null || absent.excused ? null : false
    return { case: name, versus, kind, goal, value: null, met, reason: absent.reason }
  }
  const found = findings.filter((finding) => finding.value !== null)
  const worst = found.reduce((a, b) => (a.value > b.value === (kind === 'at most') ? a : b))
  return { case: name, versus, kind, goal, ...worst, met: meets(kind, goal, worst.value) }
}

function meets(kind: Target['kind'], goal: number | null, value: number): boolean | null {
  if (goal === null) return null
  return kind === 'at most' ? value <= goal : value >= goal
}

function find(target: Target, result: CaseResult | undefined): Finding {
  if (result === undefined) return absence('The case was not measured in this run.')
  const ours = measuredOf(result, OURS)
  if (ours === undefined) return absence(`${OURS} has no time in this run.`)
  const others = target.contenders.flatMap((name) => measuredOf(result, name) ?? [])
  if (others.length === 0) return withoutOthers(target, result)
  const fastest = others.reduce((a, b) => (b.medianMs < a.medianMs ? b : a))
  const { kind } = target
  const value = kind === 'at most' ? ratio(ours.rounds, fastest.rounds) : ratio(fastest.rounds, ours.rounds)
  const floor =
    kind === 'at least' && fastest.contender !== OURS_ON_ONE_THREAD ? measuredOf(result, FLOOR) : undefined
  return {
    value,
    ...(floor && { atFloor: ratio(fastest.rounds, floor.rounds) }),
    contender: fastest.contender,
  }
}

function withoutOthers({ contenders }: Target, result: CaseResult): Absence {
  const known = contenders.flatMap((name) => resultOf(result, name) ?? [])
  // The reasons of the others stand with the results of the case.
  const reasons = known.map(({ contender, ...other }) =>
    other.status === 'unsupported'
      ? `${contender} is unsupported: ${other.reason}`
      : `${contender} is ${other.status}.`,
  )
  const excused = known.length > 0 && known.every(({ status }) => status === 'unsupported')
  const reason = reasons.join(' ') || `${contenders.join(', ')} took no part in this run.`
  return { value: null, reason, excused }
}

function absence(reason: string): Absence {
  return { value: null, reason, excused: false }
}

function memoryValue(memory: MemoryOutcome | undefined): TargetValue {
  if (memory === undefined) {
    return { ...MEMORY_TARGET, value: null, met: false, reason: 'The case was not measured in this run.' }
  }
  if ('unsupported' in memory) {
    return { ...MEMORY_TARGET, value: null, met: null, reason: memory.unsupported }
  }
  if ('failed' in memory) return { ...MEMORY_TARGET, value: null, met: false, reason: memory.failed }
  const value = memory.peakBytes / MEBIBYTE
  return { ...MEMORY_TARGET, value, met: value <= MEMORY_TARGET.goal }
}
