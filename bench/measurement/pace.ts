import { type Benchmark, isImageCase } from '../cases/benchmark.js'
import { plainGflop, unavoidableGflop } from '../cases/work.js'
import { type ContenderEntry, ORACLE } from '../contenders/registry.js'

/** How long to measure. */
export interface Pace {
  readonly rounds: number
  /** Work of a contender in a round. */
  readonly roundSeconds: number
  /** Contenders with a longer step get two rounds, and one if it is five times as long. */
  readonly slowSeconds: number
  readonly checkedSteps: number
  /** Of one answer. */
  readonly timeLimit: number
  /** Contenders whose checked steps are expected to take longer, by their rate in other cases, are left out. */
  readonly longestCheckSeconds: number
  /** Cases of less work than this many 10⁹ operations may be faster on one thread than on all. */
  readonly triesOneThreadBelow: number
}

export function paceOf(options: { quick: boolean; rounds: number; timeLimit: number }): Pace {
  const { quick, rounds, timeLimit } = options
  const common = { rounds, timeLimit, checkedSteps: 4 }
  return quick
    ? { ...common, roundSeconds: 0.1, slowSeconds: 0.5, longestCheckSeconds: 20, triesOneThreadBelow: 0.1 }
    : {
        ...common,
        roundSeconds: 0.25,
        slowSeconds: 2,
        longestCheckSeconds: timeLimit,
        triesOneThreadBelow: Number.POSITIVE_INFINITY,
      }
}

/** Steps a contender does in a round. */
export function repetitionsFor(
  stepSeconds: number,
  { fewestRepetitions = 1 }: Pick<ContenderEntry, 'fewestRepetitions'>,
  { roundSeconds }: Pace,
): number {
  return Math.max(fewestRepetitions, Math.ceil(roundSeconds / stepSeconds))
}

export function roundsFor(stepSeconds: number, { rounds, slowSeconds }: Pace): number {
  if (stepSeconds > 5 * slowSeconds) return 1
  return stepSeconds > slowSeconds ? Math.min(2, rounds) : rounds
}

/** The thread counts worth trying, most first; layered networks are compared on the same number of threads. */
export function threadsToTry(
  benchmark: Benchmark,
  threaded: boolean,
  most: number,
  pace: Pace,
): readonly number[] {
  if (!threaded || most === 1) return [1]
  if (isImageCase(benchmark)) return [most]
  return unavoidableGflop(benchmark) < pace.triesOneThreadBelow ? [most, 1] : [most]
}

/** The second has velocities and moved statistics; a step of tfjs takes half a minute. */
export const CHECKED_IMAGE_STEPS = 2

/** The oracle checks itself, so that the state before its first step is enough. */
export function checkedStepsFor(contender: string, benchmark: Benchmark, { checkedSteps }: Pace): number {
  if (isImageCase(benchmark)) return CHECKED_IMAGE_STEPS
  return contender === ORACLE ? 1 : checkedSteps
}

/** Seconds that the checked steps would take at a rate known from another case. */
export function expectedSeconds(benchmark: Benchmark, secondsPerGflop: number, steps: number): number {
  return plainGflop(benchmark) * secondsPerGflop * steps
}
