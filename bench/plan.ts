import { type Benchmark, benchmarks, isImageCase } from './cases/benchmark.js'
import { cases } from './cases/cases.js'
import { sweepCases } from './cases/sweeps.js'
import { type ContenderEntry, contenderNamed, contenders, FLOOR, OURS } from './contenders/registry.js'
import type { Options } from './options.js'
import { floorOf, OURS_ON_ONE_THREAD, targetPeers, targets } from './targets.js'

/** A contender's part in a case: usually on that case, at its best thread count. */
export interface Participant {
  /** Unique in the case. */
  readonly name: string
  readonly contender: ContenderEntry
  /** What it does, which may be the work of another case of the same shape. */
  readonly benchmark: Benchmark
  /** Fixed, not tried. */
  readonly threads?: number
}

export interface PlannedCase {
  readonly benchmark: Benchmark
  readonly participants: readonly Participant[]
}

/** Of growth sweeps: the engine, its other way, its bound and the peers that do best. */
const SWEEP_CONTENDERS = [OURS, 'robust-features-direct', FLOOR, 'numpy', 'jax', 'jax-gram', 'pytorch-eager']

export function planOf(options: Options): readonly PlannedCase[] {
  const ordinary = casesOf(options).map((benchmark) => ({
    benchmark,
    participants: participantsOf(
      benchmark,
      options.contenders ?? (options.quick ? quickContenders(benchmark) : contenders.map(({ name }) => name)),
      options.threads,
    ),
  }))
  const growing = options.sweeps.flatMap(sweepCases).map((benchmark) => ({
    benchmark,
    participants: participantsOf(benchmark, options.contenders ?? SWEEP_CONTENDERS, options.threads),
  }))
  return [...ordinary, ...growing]
}

function casesOf(options: Options): readonly Benchmark[] {
  const { cases: wanted } = options
  if (wanted !== undefined) return benchmarks.filter(({ name }) => wanted.includes(name))
  if (options.sweeps.length > 0) return []
  const ofTargets = new Set(targets.flatMap((target) => target.cases))
  return options.quick ? benchmarks.filter(({ name }) => ofTargets.has(name)) : benchmarks
}

/** Of the targets, the tuned peers and those with our algorithm: the ordinary ones are slower. */
function quickContenders({ name }: Benchmark): readonly string[] {
  const wanted = new Set([OURS, FLOOR, ...targetPeers(name)])
  return contenders
    .filter((contender) => wanted.has(contender.name) && contender.variant !== 'ordinary')
    .map((contender) => contender.name)
}

/** The named contenders, and what targets of the case compare with besides. */
export function participantsOf(
  benchmark: Benchmark,
  names: readonly string[],
  threads: number,
): readonly Participant[] {
  const plain = contenders
    .filter((contender) => names.includes(contender.name) && can(contender, benchmark))
    .map((contender) => ({ name: contender.name, contender, benchmark }))
  return [
    ...plain,
    ...companionsOf(benchmark, threads).filter(({ contender }) => names.includes(contender.name)),
  ]
}

function can({ layeredFile }: ContenderEntry, benchmark: Benchmark): boolean {
  return !isImageCase(benchmark) || layeredFile !== undefined
}

function companionsOf(benchmark: Benchmark, threads: number): readonly Participant[] {
  const mentioned = new Set(targetPeers(benchmark.name))
  const floors = cases
    .filter(({ name }) => mentioned.has(floorOf(name)))
    .map((other) => ({ name: floorOf(other.name), contender: contenderNamed(FLOOR), benchmark: other }))
  const alone = { name: OURS_ON_ONE_THREAD, contender: contenderNamed(OURS), benchmark, threads: 1 }
  return threads > 1 && mentioned.has(OURS_ON_ONE_THREAD) ? [...floors, alone] : floors
}
