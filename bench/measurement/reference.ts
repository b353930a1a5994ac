import type { Case } from '../cases/cases.js'
import { reducedCase } from '../cases/reduced.js'
import { directGflop } from '../cases/work.js'
import { ContenderFailure, ContenderProcess } from '../contender-process.js'
import type { Prepared } from '../contenders/contender.js'
import { type ContenderEntry, contenderNamed, FLOAT64, ORACLE } from '../contenders/registry.js'
import { commandOf, type PeerEnvironment } from '../peer-environment.js'
import type { ParameterCheck } from './parameter-check.js'
import { largestRelativeDifference } from './statistics.js'

/** The right losses of a case, and how they are known. */
export interface Reference {
  readonly losses: readonly number[]
  readonly checkedAgainst: string
  /** Of a layered network, after the updates. */
  readonly parameters?: ParameterCheck
  /** Of the oracle, per 10⁹ operations. */
  readonly oracleSecondsPerGflop?: number
}

/** These processes are ours and known to end, be the machine ever so busy. */
export const TIME_LIMIT_SECONDS = 900
/** Of the engine in double precision from the oracle: sums in another order. */
const FLOAT64_TOLERANCE = 1e-6

/**
 * The oracle's losses; where it would take too long, those of the engine in double precision, once that has
 * reproduced the oracle's on the first samples of the case.
 *
 * @throws ContenderFailure when it has not
 */
export async function referenceLosses(
  benchmark: Case,
  problem: string,
  peers: PeerEnvironment,
  { threads, checkedSteps }: { threads: number; checkedSteps: number },
): Promise<Reference> {
  const lossesOf = async (entry: ContenderEntry, of: Case): Promise<readonly number[]> => {
    const contender = new ContenderProcess(commandOf(entry, peers, threads, of), TIME_LIMIT_SECONDS)
    return (await preparedOf(contender, { case: of, problem, threads, checkedSteps })).losses
  }
  const reduced = reducedCase(benchmark, checkedSteps)
  const started = performance.now()
  const oracle = await lossesOf(contenderNamed(ORACLE), reduced)
  const seconds = (performance.now() - started) / 1000
  const oracleSecondsPerGflop = seconds / (directGflop(reduced) * oracle.length)
  if (reduced === benchmark) return { losses: oracle, checkedAgainst: ORACLE, oracleSecondsPerGflop }
  const difference = largestRelativeDifference(oracle, await lossesOf(FLOAT64, reduced))
  if (!(difference <= FLOAT64_TOLERANCE)) {
    throw new ContenderFailure(
      'failed',
      `Expected the engine in float64 to reproduce the oracle's losses, got a relative difference of ${difference}.`,
    )
  }
  return {
    losses: await lossesOf(FLOAT64, benchmark),
    checkedAgainst: `float64 engine, which reproduced the oracle on the first ${reduced.shape.samples} samples`,
    oracleSecondsPerGflop,
  }
}

/**
 * What a contender answers that is needed for the checks alone; its process ends.
 *
 * @throws ContenderFailure also where it cannot do the case
 */
export async function preparedOf(
  contender: ContenderProcess,
  request: Parameters<ContenderProcess['prepare']>[0],
): Promise<Prepared> {
  try {
    const reply = await contender.prepare(request)
    if ('unsupported' in reply) throw new ContenderFailure('failed', reply.unsupported)
    return reply
  } finally {
    await contender.end()
  }
}
