import { z } from 'zod'
import { type Attack, type EngineAttack, isEngineAttack, type ThreatModel } from '../attacks/attack.js'
import { requireAttacks } from '../attacks/attack-schema.js'
import { PatchData } from '../data/patch-data.js'
import { PatchNetwork } from '../model/patch-network.js'
import { nativeAddon } from '../native/addon.js'
import type { FloatArray } from '../native/contract.js'
import { RobustFeaturesError } from '../native/errors.js'
import { type ExecutionOptions, execute, executionShape } from '../native/execution.js'
import { requireInstance } from '../native/instances.js'
import { requireTypedArray } from '../native/typed-array.js'
import { parseOptions, seed } from '../native/validation.js'
import type { AttackOutcome } from './attack-outcome.js'
import { certify, certifySchema } from './certify.js'
import { gradientsTooSmall } from './gradient-sight.js'
import { largestBallNorm, leavesBounds } from './perturbation-check.js'
import { decidedDifferently } from './precision-check.js'
import { isPlainAscent, type RobustnessFlag, robustnessFlags } from './robustness-flags.js'

const optionsSchema = z.strictObject({
  attacks: z.unknown().optional(),
  seed: seed.default(0),
  keepPerturbations: z.boolean().default(false),
  certify: certifySchema.default(false),
  ...executionShape,
})

export interface EvaluateRobustnessOptions extends ExecutionOptions {
  /** Each is tried on every sample. They must share norm, radius, budget and bounds. */
  readonly attacks: readonly Attack[]
  /** Of random starts; default 0. Start r of sample n depends on (seed, place of the attack in the list, n, r) alone. */
  readonly seed?: number
  /** Also return the worst perturbation of every sample, N × inputSize (default false). */
  readonly keepPerturbations?: boolean
  /**
   * Also prove a lower bound of the robust accuracy over the same ball, without its box bounds (default false), with
   * the `effort` given or the default one; see `certify`.
   */
  readonly certify?: boolean | { readonly effort: number }
}

/** Robust accuracy as the worst case per sample over a list of attacks: an upper bound on the true one. */
export interface Robustness {
  readonly threat: ThreatModel
  readonly samples: number
  readonly cleanAccuracy: number
  /** Share of samples correct without and under every attack. */
  readonly robustAccuracy: number
  /** Smallest margin per sample over clean input and attacks. */
  readonly margin: Float64Array
  /** 1 where the sample withstood everything. */
  readonly robust: Uint8Array
  /** Position of the attack with the smallest margin; −1 where the clean input is the worst. */
  readonly worstAttack: Int32Array
  readonly outcomes: readonly AttackOutcome[]
  /**
   * What makes the figure doubtful. Whether float64 decides otherwise is looked at under the worst attack for up to 2²⁶
   * numbers, attacks · N · inputSize, beyond that on the clean inputs alone.
   */
  readonly flags: readonly RobustnessFlag[]
  /** Worst perturbation per sample, with `keepPerturbations`. */
  readonly perturbations?: FloatArray
  /** Proven lower bound of the true robust accuracy, with `certify`: `robustAccuracy` ≥ true ≥ certified. */
  readonly certifiedAccuracy?: number
  /** 1 where no perturbation of the ball breaks the sample, with `certify`. */
  readonly certified?: Uint8Array
}

/**
 * Robust accuracy: a sample counts when its margin F_y − max_{j≠y} F_j is positive on the clean input and under every
 * attack. Restarts, and attacks added at the end of the list, can only lower it; radius 0 gives the clean accuracy exactly. Every margin is of a
 * fresh forward pass on the perturbation that counts.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` when attacks differ in their threat model, a custom attack leaves it,
 *   or `certify` meets overlapping patches; `UNKNOWN_OPTION`; `ABORTED`
 */
export async function evaluateRobustness(
  network: PatchNetwork,
  data: PatchData,
  options: EvaluateRobustnessOptions,
): Promise<Robustness> {
  requireInstance(network, PatchNetwork, 'network')
  requireInstance(data, PatchData, 'data')
  const {
    attacks: given,
    seed,
    keepPerturbations,
    certify: certifying,
    ...execution
  } = parseOptions(optionsSchema, options, 'options')
  const attacks = requireAttacks(given)
  const threat = sharedThreatModel(attacks)
  const clean = await network.evaluate(data, execution)
  const keep = keepPerturbations || attacks.length * data.samples * data.inputSize <= KEPT_NUMBERS
  const runs = await runEngineAttacks(network, data, attacks, { seed, keepPerturbations: keep, ...execution })
  for (const [position, attack] of attacks.entries()) {
    if (!isEngineAttack(attack)) runs[position] = await runCustomAttack(network, data, attack, execution)
  }
  const outcomes = runs.map(({ outcome }) => outcome)
  const { margin, worstAttack } = worstCase(clean.margin, outcomes)
  const robust = Uint8Array.from(margin, (value) => (value > 0 ? 1 : 0))
  const robustAccuracy = share(robust)
  const perturbations = keep
    ? worstPerturbations(
        data,
        worstAttack,
        runs.map(({ perturbation }) => perturbation),
      )
    : undefined
  const margins = { clean: clean.margin, worst: margin }
  const climbs = attacks.some(isPlainAscent)
  const effort = typeof certifying === 'object' ? certifying : {}
  const certified =
    certifying === false
      ? undefined
      : await certifyStanding(network, data, threat, robust, { ...effort, ...execution })
  return {
    threat,
    samples: data.samples,
    cleanAccuracy: clean.accuracy,
    robustAccuracy,
    margin,
    robust,
    worstAttack,
    outcomes,
    flags: robustnessFlags({
      attacks,
      outcomes,
      cleanLoss: clean.loss,
      robustAccuracy,
      radius: threat.radius,
      tooSmall: climbs
        ? await gradientsTooSmall(network, data, threat, execution)
        : new Uint8Array(data.samples),
      decidedDifferently: await decidedDifferently(network, data, margins, perturbations, execution),
    }),
    ...(certified === undefined ? {} : { certifiedAccuracy: share(certified), certified }),
    ...(keepPerturbations && perturbations !== undefined ? { perturbations } : {}),
  }
}

/** Perturbations of all attacks up to this many numbers are kept to be judged in float64 too. */
const KEPT_NUMBERS = 2 ** 26

/** What an attack has broken needs no proof, and may lack a margin that only float32 rounds away. */
async function certifyStanding(
  network: PatchNetwork,
  data: PatchData,
  { norm, radius, budget }: ThreatModel,
  robust: Uint8Array,
  options: ExecutionOptions & { effort?: number },
): Promise<Uint8Array> {
  const standing = [...robust.keys()].filter((n) => robust[n] === 1)
  const proof = await certify(network, data.select(standing), { norm, radius, budget, ...options })
  const certified = new Uint8Array(robust.length)
  for (const [position, n] of standing.entries()) certified[n] = proof.certified[position] ?? 0
  return certified
}

interface AttackRun {
  readonly outcome: AttackOutcome
  readonly perturbation: FloatArray | undefined
}

async function runEngineAttacks(
  network: PatchNetwork,
  data: PatchData,
  attacks: readonly Attack[],
  { seed, keepPerturbations, ...execution }: ExecutionOptions & { seed: number; keepPerturbations: boolean },
): Promise<AttackRun[]> {
  const runs: AttackRun[] = []
  const engine = [...attacks.entries()].filter(([, attack]) => isEngineAttack(attack))
  if (engine.length === 0) return runs
  const natives = engine.flatMap(([, attack]) => (isEngineAttack(attack) ? [attack.native] : []))
  const result = await execute(execution, (native) =>
    nativeAddon().attack(network.native, data.native, natives, {
      ...native,
      seed,
      round: 0,
      keepPerturbations,
    }),
  )
  const n = data.samples
  for (const [row, [position, attack]] of engine.entries()) {
    const margin = result.margin.slice(row * n, (row + 1) * n)
    runs[position] = {
      outcome: {
        name: attack.name,
        accuracy: accuracyOf(margin),
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

async function runCustomAttack(
  network: PatchNetwork,
  data: PatchData,
  attack: Exclude<Attack, { native: unknown }>,
  execution: ExecutionOptions,
): Promise<AttackRun> {
  const type = data.precision === 'float32' ? Float32Array : Float64Array
  const perturbation = requireTypedArray<FloatArray>(
    await attack.perturb(network, data, execution),
    `the perturbations of ${attack.name}`,
    [type],
    data.samples * data.inputSize,
  )
  const norm = largestBallNorm(perturbation, attack, data)
  const wrong = norm.findIndex((value) => !(value <= attack.radius * (1 + ROUNDING[data.precision])))
  if (wrong !== -1) {
    throw outside(attack.name, wrong, `of norm at most ${attack.radius}`, `norm ${norm[wrong]}`)
  }
  const left = leavesBounds(perturbation, attack, data)
  if (left !== undefined) throw outside(attack.name, left, `within [${attack.bounds}]`, 'an input outside')
  const output = await network.evaluate(data, { ...execution, perturbation })
  return {
    outcome: {
      name: attack.name,
      accuracy: output.accuracy,
      margin: output.margin,
      loss: output.loss,
      norm,
      vanishedGradient: new Uint8Array(data.samples),
    },
    perturbation,
  }
}

/** How far rounding may carry a norm over the radius: a few units in the last place. */
const ROUNDING = { float32: 1e-6, float64: 1e-14 }

function outside(name: string, sample: number, expected: string, found: string): RobustFeaturesError {
  return new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected the perturbation of ${name} on sample ${sample} to be ${expected}, got ${found}.`,
  )
}

function sharedThreatModel(attacks: readonly Attack[]): ThreatModel {
  const describe = ({ norm, radius, budget, bounds }: ThreatModel) =>
    JSON.stringify([norm, radius, budget, bounds])
  const [first, ...others] = attacks
  const other = others.find((attack) => first !== undefined && describe(attack) !== describe(first))
  if (first === undefined || other !== undefined) {
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      `Expected \`attacks\` to share norm, radius, budget and bounds, got ${first?.name} and ${other?.name}.`,
    )
  }
  const changed = attacks.find((attack) => isEngineAttack(attack) && !keepsItsThreatModel(attack))
  if (changed !== undefined) {
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      `Expected ${changed.name} to be as it was made, got one whose norm, radius, budget or bounds were changed.`,
    )
  }
  const { norm, radius, budget, bounds } = first
  return bounds === undefined ? { norm, radius, budget } : { norm, radius, budget, bounds }
}

/** Whether the engine gets the threat model that the attack states: an object spread can change the one without the other. */
function keepsItsThreatModel({ native, norm, radius, budget, bounds = UNBOUNDED }: EngineAttack): boolean {
  const [lower, upper] = 'lower' in native ? [native.lower, native.upper] : UNBOUNDED
  return (
    native.norm === norm &&
    native.radius === radius &&
    native.budget === budget &&
    lower === bounds[0] &&
    upper === bounds[1]
  )
}

const UNBOUNDED = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const

/** NaN margins, of an overflowing network, count as the worst: robustness is never overstated. */
function worstCase(clean: Float64Array, outcomes: readonly AttackOutcome[]) {
  const margin = clean.slice()
  const worstAttack = new Int32Array(clean.length).fill(-1)
  for (const [position, outcome] of outcomes.entries()) {
    for (const [n, value] of outcome.margin.entries()) {
      if (Number.isNaN(margin[n]) || value >= (margin[n] ?? Number.NaN)) continue
      margin[n] = value
      worstAttack[n] = position
    }
  }
  return { margin, worstAttack }
}

function worstPerturbations(
  data: PatchData,
  worstAttack: Int32Array,
  perturbations: readonly (FloatArray | undefined)[],
): FloatArray {
  const type = data.precision === 'float32' ? Float32Array : Float64Array
  const worst = new type(data.samples * data.inputSize)
  for (const [n, attack] of worstAttack.entries()) {
    const source = perturbations[attack]?.subarray(n * data.inputSize, (n + 1) * data.inputSize)
    if (source !== undefined) worst.set(source, n * data.inputSize)
  }
  return worst
}

function accuracyOf(margin: Float64Array): number {
  return share(Uint8Array.from(margin, (value) => (value > 0 ? 1 : 0)))
}

function share(flags: Uint8Array): number {
  return flags.length === 0 ? 0 : flags.reduce((sum, flag) => sum + flag, 0) / flags.length
}
