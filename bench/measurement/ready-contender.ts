import { ContenderFailure, ContenderProcess } from '../contender-process.js'
import type { Prepared } from '../contenders/contender.js'
import { commandOf, type PeerEnvironment, whyMissing } from '../peer-environment.js'
import type { Participant } from '../plan.js'
import { checkedStepsFor, expectedSeconds, type Pace, threadsToTry } from './pace.js'
import { parameterDifference } from './parameter-check.js'
import type { Reference } from './reference.js'
import type { NotMeasured } from './results.js'
import { largestRelativeDifference } from './statistics.js'
import { toleranceOf } from './tolerances.js'

/** A participant whose losses are right, warm and at its best thread count. */
export interface ReadyContender {
  readonly participant: Participant
  readonly process: ContenderProcess
  readonly threads: number
  readonly threadsTried: readonly number[]
  readonly stepSeconds: number
  readonly difference: number | undefined
  /** See `parameterDifference`; of layered networks alone. */
  readonly parameterDifference: number | undefined
  readonly prepared: Prepared
}

export interface Surroundings {
  readonly peers: PeerEnvironment
  readonly pace: Pace
  /** The most threads. */
  readonly threads: number
  /** Seconds per 10⁹ operations of a plain implementation, of contenders that an earlier case has timed. */
  readonly rates: Map<string, number>
  readonly log: (line: string) => void
}

const CALIBRATION_SECONDS = 0.1
/** A step as long as this is not tried again on fewer threads. */
const LONG_SECONDS = 5

/** Starts a participant, checks its losses and finds its best thread count. */
export async function makeReady(
  participant: Participant,
  problem: string,
  reference: Reference,
  surroundings: Surroundings,
): Promise<ReadyContender | NotMeasured> {
  const { contender, benchmark } = participant
  const { pace, rates, threads } = surroundings
  const missing = whyMissing(contender, surroundings.peers)
  if (missing !== undefined) return { status: 'missing', reason: missing }
  const rate = rates.get(contender.name)
  const expected = rate && expectedSeconds(benchmark, rate, checkedStepsFor(contender.name, benchmark, pace))
  if (expected !== undefined && expected > pace.longestCheckSeconds)
    return { status: 'skipped', reason: tooLong(expected, pace) }

  const counts =
    participant.threads === undefined
      ? threadsToTry(benchmark, contender.threaded, threads, pace)
      : [participant.threads]
  let best: ReadyContender | undefined
  for (const [index, count] of counts.entries()) {
    const found = await makeReadyOn(count, participant, problem, reference, surroundings)
    if ('status' in found) {
      await best?.process.end()
      return found
    }
    const threadsTried = counts.slice(0, index + 1)
    const slower = best !== undefined && best.stepSeconds <= found.stepSeconds ? found : best
    await slower?.process.end()
    best = { ...(slower === found ? best : found), participant, threadsTried } as ReadyContender
    if (best.stepSeconds > LONG_SECONDS) break
  }
  if (best === undefined) throw new Error('Expected at least one thread count.')
  return best
}

async function makeReadyOn(
  threads: number,
  { contender, benchmark }: Participant,
  problem: string,
  reference: Reference,
  { peers, pace }: Surroundings,
): Promise<Omit<ReadyContender, 'participant' | 'threadsTried'> | NotMeasured> {
  const checkedSteps = checkedStepsFor(contender.name, benchmark, pace)
  const process = new ContenderProcess(commandOf(contender, peers, threads, benchmark), pace.timeLimit)
  const drop = async (result: NotMeasured) => {
    await process.end()
    return result
  }
  try {
    const prepared = await process.prepare({ case: benchmark, problem, threads, checkedSteps })
    if ('unsupported' in prepared) return drop({ status: 'unsupported', reason: prepared.unsupported })
    const difference = contender.checked
      ? largestRelativeDifference(reference.losses.slice(0, checkedSteps), prepared.losses)
      : undefined
    const ofParameters =
      reference.parameters && parameterDifference(reference.parameters, prepared.parameters)
    const tolerance = toleranceOf(benchmark)
    if (exceeds(difference, tolerance.losses)) return drop(wrong('losses', difference, tolerance.losses))
    if (exceeds(ofParameters, tolerance.parameters)) {
      return drop(wrong('parameters', ofParameters, tolerance.parameters))
    }
    const stepSeconds = await calibrate(process)
    return { process, threads, stepSeconds, difference, parameterDifference: ofParameters, prepared }
  } catch (error) {
    return drop(failureOf(error))
  }
}

function exceeds(difference: number | undefined, tolerance = 0): difference is number {
  return difference !== undefined && !(difference <= tolerance)
}

function wrong(what: string, difference: number, tolerance = 0): NotMeasured {
  const finite = Number.isFinite(difference)
  const reason = finite
    ? `Its ${what} differ by ${difference.toExponential(1)}, more than ${tolerance}.`
    : `Its ${what} are not finite or not as many as asked for.`
  return { status: 'wrong', reason, ...(finite && { difference }) }
}

function tooLong(seconds: number, { longestCheckSeconds }: Pace): string {
  return `Its checked steps would take about ${Math.round(seconds)} s at its rate in other cases, more than ${longestCheckSeconds} s.`
}

/** Defects of the benchmark itself go on as they are. */
export function failureOf(error: unknown): NotMeasured {
  if (!(error instanceof ContenderFailure)) throw error
  return { status: error.status, reason: error.message }
}

/** Seconds of a warm step. */
async function calibrate(process: ContenderProcess): Promise<number> {
  const first = await process.seconds(1)
  if (first > CALIBRATION_SECONDS) return first
  const repetitions = Math.ceil(CALIBRATION_SECONDS / Math.max(first, 1e-5))
  return (await process.seconds(repetitions)) / repetitions
}
