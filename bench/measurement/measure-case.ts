import { type Benchmark, isImageCase } from '../cases/benchmark.js'
import { writeImageProblem } from '../cases/image-problem.js'
import { writeProblem } from '../cases/problem-folder.js'
import { plainGflop, unavoidableGflop } from '../cases/work.js'
import { FLOOR, ORACLE, OURS } from '../contenders/registry.js'
import type { Participant, PlannedCase } from '../plan.js'
import { removeFolder, temporaryFolder } from '../temporary-folder.js'
import { imageReference } from './image-reference.js'
import { repetitionsFor } from './pace.js'
import { failureOf, makeReady, type ReadyContender, type Surroundings } from './ready-contender.js'
import { type Reference, referenceLosses } from './reference.js'
import type { CaseResult, ContenderResult, Identity, Measured, NotMeasured } from './results.js'
import { interleave } from './rounds.js'
import { ratio, summarize } from './statistics.js'

/** Checks and times the participants of a case, in interleaved rounds. */
export async function measureCase(
  { benchmark, participants }: PlannedCase,
  surroundings: Surroundings,
): Promise<CaseResult> {
  const { log, pace, rates } = surroundings
  const { name, shape, step } = benchmark
  const sweep = isImageCase(benchmark) ? undefined : benchmark.sweep
  const common = { name, shape, step, ...(sweep && { sweep }), unavoidableGflop: unavoidableGflop(benchmark) }
  const problem = temporaryFolder()
  const ready = new Map<Participant, ReadyContender>()
  const outcomes = new Map<Participant, NotMeasured>()
  try {
    log(`${name}: oracle`)
    const reference = await prepare(benchmark, problem, surroundings)
    if (reference.oracleSecondsPerGflop !== undefined) rates.set(ORACLE, reference.oracleSecondsPerGflop)
    for (const participant of participants) {
      log(`${name}: ${participant.name}`)
      const found = await makeReady(participant, problem, reference, surroundings)
      if ('status' in found) outcomes.set(participant, found)
      else ready.set(participant, found)
    }
    log(`${name}: rounds`)
    const rounds = await interleave(ready, outcomes, pace)
    for (const { participant, stepSeconds } of ready.values()) {
      rates.set(participant.contender.name, stepSeconds / plainGflop(participant.benchmark))
    }
    return {
      ...common,
      checkedAgainst: reference.checkedAgainst,
      checkedSteps: reference.losses.length,
      results: resultsOf(participants, ready, outcomes, rounds, surroundings),
    }
  } catch (error) {
    // Without right losses there is nothing to check by.
    const failure = failureOf(error)
    return {
      ...common,
      checkedAgainst: 'nothing',
      checkedSteps: 0,
      results: participants.map((participant) => ({ ...identityOf(participant), ...failure })),
    }
  } finally {
    await Promise.all([...ready.values()].map(({ process }) => process.end()))
    removeFolder(problem)
  }
}

/** Writes the problem's folder; the right losses and parameters. */
async function prepare(
  benchmark: Benchmark,
  problem: string,
  { peers, threads, pace: { checkedSteps } }: Surroundings,
): Promise<Reference> {
  if (isImageCase(benchmark)) {
    await writeImageProblem(benchmark, problem)
    return imageReference(benchmark, problem, peers, threads)
  }
  await writeProblem(benchmark, problem)
  return referenceLosses(benchmark, problem, peers, { threads, checkedSteps })
}

function resultsOf(
  participants: readonly Participant[],
  ready: ReadonlyMap<Participant, ReadyContender>,
  outcomes: ReadonlyMap<Participant, NotMeasured>,
  rounds: ReadonlyMap<Participant, readonly number[]>,
  { pace }: Surroundings,
): readonly ContenderResult[] {
  const roundsOf = (name: string) => {
    const participant = participants.find((other) => other.name === name)
    return participant && ready.has(participant) ? rounds.get(participant) : undefined
  }
  const [floor, ours] = [roundsOf(FLOOR), roundsOf(OURS)]
  return participants.map((participant) => {
    const measured = ready.get(participant)
    const times = rounds.get(participant)
    const failure = outcomes.get(participant)
    const identity = identityOf(participant)
    if (failure !== undefined) return { ...identity, ...failure }
    if (measured === undefined || times === undefined)
      throw new Error(`Expected a result of ${participant.name}.`)
    const { threads, threadsTried, stepSeconds, difference, parameterDifference, prepared } = measured
    const summary = summarize(times)
    const result: Measured = {
      status: 'measured',
      threads,
      threadsTried,
      ...summary,
      rounds: times,
      repetitions: repetitionsFor(stepSeconds, participant.contender, pace),
      ...(difference !== undefined && { difference }),
      ...(parameterDifference !== undefined && { parameterDifference }),
      gflops: unavoidableGflop(participant.benchmark) / (summary.medianMs / 1000),
      ...(floor && { versusFloor: ratio(times, floor) }),
      ...(ours && { versusOurs: ratio(times, ours) }),
      versions: prepared.versions,
      settings: prepared.settings,
    }
    return { ...identity, ...result }
  })
}

function identityOf({ name, contender: { family, variant } }: Participant): Identity {
  return { contender: name, family, variant }
}
