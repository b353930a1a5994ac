import { setTimeout as pause } from 'node:timers/promises'
import type { Participant } from '../plan.js'
import { type Pace, repetitionsFor, roundsFor } from './pace.js'
import { failureOf, type ReadyContender } from './ready-contender.js'
import type { NotMeasured } from './results.js'

/** Long enough for the thread pools of the contender before to stop spinning. */
const PAUSE_MILLISECONDS = 30

/** Milliseconds per step, a number per round; who fails in a round moves from `ready` to `outcomes`. */
export async function interleave(
  ready: Map<Participant, ReadyContender>,
  outcomes: Map<Participant, NotMeasured>,
  pace: Pace,
): Promise<Map<Participant, number[]>> {
  const rounds = new Map<Participant, number[]>()
  for (let round = 0; round < pace.rounds; round++) {
    // There and back, so that nobody always follows the same one.
    const order = round % 2 === 0 ? [...ready.values()] : [...ready.values()].reverse()
    for (const { participant, process, stepSeconds } of order) {
      if (round >= roundsFor(stepSeconds, pace)) continue
      await pause(PAUSE_MILLISECONDS)
      try {
        const repetitions = repetitionsFor(stepSeconds, participant.contender, pace)
        const milliseconds = ((await process.seconds(repetitions)) / repetitions) * 1000
        rounds.set(participant, [...(rounds.get(participant) ?? []), milliseconds])
      } catch (error) {
        outcomes.set(participant, failureOf(error))
        ready.delete(participant)
        await process.end()
      }
    }
  }
  return rounds
}
