import { type Attack, type CustomAttack, isEngineAttack } from '../attacks/attack.js'
import type { Samples } from '../data/samples.js'
import { type Network, requirePerturbation } from '../model/network.js'
import type { NetworkOf } from '../model/network-kinds.js'
import type { FloatArray } from '../native/contract.js'
import type { ExecutionOptions } from '../native/execution.js'
import type { AttackOutcome } from './attack-outcome.js'
import { requireWithin } from './perturbation-check.js'

/** What an attack did, and the perturbations it did it with where they were kept. */
export interface AttackRun {
  readonly outcome: AttackOutcome
  readonly perturbation: FloatArray | undefined
}

interface RunOptions extends ExecutionOptions {
  readonly seed: number
  readonly keepPerturbations: boolean
  readonly stopWhenFooled: boolean
}

/** Runs a list of attacks, the engine's together; the runs are in the order of the list. */
export async function runAttacks<Data extends Samples>(
  network: Network<Data>,
  data: Data,
  attacks: readonly Attack<Data>[],
  options: RunOptions,
): Promise<AttackRun[]> {
  const runs = await runEngineAttacks(network, data, attacks, options)
  const { threads, signal } = options
  for (const [position, attack] of attacks.entries()) {
    if (!isEngineAttack(attack))
      runs[position] = await runCustomAttack(network, data, attack, { threads, signal })
  }
  return runs
}

async function runEngineAttacks<Data extends Samples>(
  network: Network<Data>,
  data: Data,
  attacks: readonly Attack<Data>[],
  options: RunOptions,
): Promise<AttackRun[]> {
  const runs: AttackRun[] = []
  const engine = [...attacks.entries()].flatMap(([position, attack]) =>
    isEngineAttack(attack) ? [{ position, attack }] : [],
  )
  if (engine.length === 0) return runs
  const natives = engine.map(({ attack }) => attack.native)
  const result = await network.attack(data, natives, { ...options, round: 0 })
  const n = data.samples
  for (const [row, { position, attack }] of engine.entries()) {
    const margin = result.margin.slice(row * n, (row + 1) * n)
    runs[position] = {
      outcome: {
        name: attack.name,
        accuracy: shareOf(isPositive(margin)),
        margin,
        loss: result.loss.slice(row * n, (row + 1) * n),
        norm: result.norm.slice(row * n, (row + 1) * n),
        vanishedGradient: result.vanishedGradient.slice(row * n, (row + 1) * n),
      },
      perturbation: result.perturbations?.[row],
    }
  }
  return runs
}

async function runCustomAttack<Data extends Samples>(
  network: Network<Data>,
  data: Data,
  attack: CustomAttack<Data>,
  execution: ExecutionOptions,
): Promise<AttackRun> {
  const perturbation = requirePerturbation(
    await attack.perturb(network as NetworkOf<Data>, data, execution),
    data,
    `the perturbations of ${attack.name}`,
  )
  const norm = requireWithin(perturbation, attack, data, attack.name)
  const { accuracy, margin, loss } = await network.evaluate(data, { ...execution, perturbation })
  const vanishedGradient = new Uint8Array(data.samples)
  return { outcome: { name: attack.name, accuracy, margin, loss, norm, vanishedGradient }, perturbation }
}

/** 1 where a margin is positive, so that NaN counts as an error. */
export function isPositive(margin: Float64Array): Uint8Array {
  return Uint8Array.from(margin, (value) => (value > 0 ? 1 : 0))
}

/** Share of ones; 0 for none at all. */
export function shareOf(marks: Uint8Array): number {
  return marks.length === 0 ? 0 : marks.reduce((sum, mark) => sum + mark, 0) / marks.length
}
