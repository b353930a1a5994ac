import { z } from 'zod'
import type { Attack, ThreatModel } from '../attacks/attack.js'
import { requireAttacks } from '../attacks/attack-schema.js'
import { imageAttack } from '../attacks/image-attack.js'
import { radiusWarning } from '../attacks/radius-warning.js'
import { requireAsMade, sharedThreatModel } from '../attacks/shared-threat-model.js'
import { PatchData } from '../data/patch-data.js'
import type { Samples } from '../data/samples.js'
import type { Network } from '../model/network.js'
import { requireData, requireNetwork } from '../model/network-kinds.js'
import { PatchNetwork } from '../model/patch-network.js'
import type { FloatArray } from '../native/contract.js'
import { describeValue } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'
import { type ExecutionOptions, executionShape } from '../native/execution.js'
import { parseOptions, seed } from '../native/validation.js'
import type { AttackOutcome } from './attack-outcome.js'
import { isPositive, runAttacks, shareOf } from './attack-run.js'
import { certify, certifySchema } from './certify.js'
import { gradientsTooSmall } from './gradient-sight.js'
import { requireSameVerdicts } from './perturbation-check.js'
import { decidedDifferently } from './precision-check.js'
import { isPlainAscent, type RobustnessFlag, robustnessFlags } from './robustness-flags.js'

const optionsSchema = z.strictObject({
  attacks: z.unknown().optional(),
  seed: seed.default(0),
  keepPerturbations: z.boolean().default(false),
  certify: certifySchema.default(false),
  stopWhenFooled: z.boolean().default(false),
  ...executionShape,
})

export interface EvaluateRobustnessOptions<Data extends Samples = PatchData> extends ExecutionOptions {
  /** Each is tried on every sample. They must share norm, radius, budget and bounds. */
  readonly attacks: readonly Attack<Data>[]
  /** Of random starts; default 0. Start r of sample n depends on (seed, place of the attack in the list, n, r) alone. */
  readonly seed?: number | undefined
  /** Also return the worst perturbation of every sample, N × inputSize (default false). */
  readonly keepPerturbations?: boolean | undefined
  /**
   * Also prove a lower bound of the robust accuracy over the same ball, without its box bounds (default false), with
   * the `effort` given or the default one; see `certify`.
   */
  readonly certify?:
    | boolean
    | {
        /** As in `CertifyOptions`. */
        readonly effort: number
      }
    | undefined
  /**
   * Layered networks alone: end an image at its first wrong classification, and pass it over in the attacks after (default
   * false). The same images stand; an attack's accuracy is then that of the attacks up to it, and margins and losses of
   * fallen images are no worst case, NaN where they were passed over.
   */
  readonly stopWhenFooled?: boolean | undefined
}

/** Robust accuracy as the worst case per sample over a list of attacks: an upper bound on the true one. */
export interface Robustness {
  /** The one that all attacks share. */
  readonly threat: ThreatModel
  /** N. */
  readonly samples: number
  /** Share of samples correct as they are; 0 for no samples. */
  readonly cleanAccuracy: number
  /** Share of samples correct without and under every attack. */
  readonly robustAccuracy: number
  /** Smallest margin per sample over clean input and attacks. */
  readonly margin: Float64Array
  /** 1 where the sample withstood everything. */
  readonly robust: Uint8Array
  /** Position of the attack with the smallest margin; −1 where the clean input is the worst. */
  readonly worstAttack: Int32Array
  /** One per attack, in the order given. */
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
 * @param network a `PatchNetwork` or `LayeredNetwork`
 * @param data what that network takes: `PatchData` or `ImageData`
 * @param options `attacks`, which share a threat model; all else has defaults
 * @throws RobustFeaturesError `INVALID_ARGUMENT` when attacks differ in their threat model, a custom attack leaves it,
 *   or `certify` meets overlapping patches; `UNKNOWN_OPTION`; `ABORTED`
 */
export async function evaluateRobustness<Data extends Samples>(
  network: Network<Data>,
  data: Data,
  options: EvaluateRobustnessOptions<Data>,
): Promise<Robustness> {
  const kind = requireNetwork(network, 'network')
  requireData(network, data)
  const parsed = parseOptions(optionsSchema, options, 'options')
  const {
    attacks: given,
    seed,
    keepPerturbations,
    certify: certifying,
    stopWhenFooled,
    ...execution
  } = parsed
  const attacks = attacksOn(kind, requireAttacks<Data>(given))
  const patches = patchProblem(network, data)
  if (patches === undefined && certifying)
    throw notFor('certify', 'images, which have no certificate', certifying)
  if (patches !== undefined && stopWhenFooled) throw notFor('stopWhenFooled', 'patches', stopWhenFooled)
  const threat = sharedThreatModel(attacks)
  const clean = await network.evaluate(data, execution)
  const keep = keepPerturbations || attacks.length * data.samples * data.inputSize <= KEPT_NUMBERS
  const runs = await runAttacks(network, data, attacks, {
    seed,
    stopWhenFooled,
    keepPerturbations: keep,
    ...execution,
  })
  const outcomes = runs.map(({ outcome }) => outcome)
  const { margin, worstAttack } = worstCase(clean.margin, outcomes)
  const robust = isPositive(margin)
  const robustAccuracy = shareOf(robust)
  const perturbations = keep
    ? worstPerturbations(
        data,
        worstAttack,
        runs.map(({ perturbation }) => perturbation),
      )
    : undefined
  if (patches === undefined && perturbations !== undefined) {
    await requireSameVerdicts(network, data, threat, { perturbations, margin }, execution)
  }
  const effort = typeof certifying === 'object' ? certifying : {}
  const certified =
    certifying !== false && patches !== undefined
      ? await certifyStanding(patches, threat, robust, { ...effort, ...execution })
      : undefined
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
      radiusWarning: radiusWarning(threat, patches?.data ?? data),
      stopWhenFooled,
      tooSmall:
        patches !== undefined && attacks.some(isPlainAscent)
          ? await gradientsTooSmall(patches.network, patches.data, threat, execution)
          : new Uint8Array(data.samples),
      decidedDifferently:
        patches === undefined
          ? new Uint8Array(data.samples)
          : await decidedDifferently(
              patches.network,
              patches.data,
              { clean: clean.margin, worst: margin },
              perturbations,
              execution,
            ),
    }),
    ...(certified === undefined ? {} : { certifiedAccuracy: shareOf(certified), certified }),
    ...(keepPerturbations && perturbations !== undefined ? { perturbations } : {}),
  }
}

/** Perturbations of all attacks up to this many numbers are kept to be judged once more. */
const KEPT_NUMBERS = 2 ** 26

interface PatchProblem {
  readonly network: PatchNetwork
  readonly data: PatchData
}

/** What proofs and float64 ask for; undefined for layered networks, which have neither. */
function patchProblem(network: unknown, data: unknown): PatchProblem | undefined {
  return network instanceof PatchNetwork && data instanceof PatchData ? { network, data } : undefined
}

function attacksOn<Data extends Samples>(
  network: unknown,
  attacks: readonly Attack<Data>[],
): readonly Attack<Data>[] {
  requireAsMade(attacks)
  return network instanceof PatchNetwork ? attacks : attacks.map((attack) => imageAttack(attack))
}

function notFor(option: string, data: string, given: unknown): RobustFeaturesError {
  return new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected \`${option}\` to be left out or false for ${data}, got ${describeValue(given)}.`,
  )
}

/** What an attack has broken needs no proof, and may lack a margin that only float32 rounds away. */
async function certifyStanding(
  { network, data }: PatchProblem,
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

/** NaN margins, of an overflowing network, count as the worst: robustness is never overstated. */
function worstCase(clean: Float64Array, outcomes: readonly AttackOutcome[]) {
  const margin = clean.slice()
  const worstAttack = new Int32Array(clean.length).fill(-1)
  for (const [position, outcome] of outcomes.entries()) {
    for (const [n, value] of outcome.margin.entries()) {
      if (Number.isNaN(margin[n]) || value >= (margin[n] ?? Number.NaN)) continue
      // Passed over, for it had fallen before.
      if (Number.isNaN(value) && Number.isNaN(outcome.norm[n]) && !((margin[n] ?? 0) > 0)) continue
      margin[n] = value
      worstAttack[n] = position
    }
  }
  return { margin, worstAttack }
}

function worstPerturbations(
  data: Samples,
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
