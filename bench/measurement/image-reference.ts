import type { ImageCase } from '../cases/image-cases.js'
import { readImageProblem } from '../cases/image-problem.js'
import { ContenderProcess } from '../contender-process.js'
import { contenderNamed, LAYERED_FLOAT64, OURS } from '../contenders/registry.js'
import { commandOf, type PeerEnvironment, whyMissing } from '../peer-environment.js'
import { CHECKED_IMAGE_STEPS } from './pace.js'
import { decode } from './parameter-check.js'
import { preparedOf, type Reference, TIME_LIMIT_SECONDS } from './reference.js'

/**
 * Losses and parameters of PyTorch in double precision; where it is not installed, those of our own engine, which the
 * tests hold to an oracle in doubles.
 *
 * @throws ContenderFailure
 */
export async function imageReference(
  benchmark: ImageCase,
  problem: string,
  peers: PeerEnvironment,
  threads: number,
): Promise<Reference> {
  const alone = whyMissing(LAYERED_FLOAT64, peers) !== undefined
  const entry = alone ? contenderNamed(OURS) : LAYERED_FLOAT64
  const contender = new ContenderProcess(commandOf(entry, peers, threads, benchmark), TIME_LIMIT_SECONDS)
  const { losses, parameters } = await preparedOf(contender, {
    case: benchmark,
    problem,
    threads,
    checkedSteps: CHECKED_IMAGE_STEPS,
  })
  return {
    losses,
    parameters: {
      initial: (await readImageProblem(problem)).parameters,
      trained: decode(parameters ?? ''),
    },
    checkedAgainst: alone ? 'robust-features alone, for there is no PyTorch' : 'PyTorch in float64',
  }
}
