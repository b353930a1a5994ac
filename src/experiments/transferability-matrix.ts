import { isPositive } from '../analysis/attack-run.js'
import type { Samples } from '../data/samples.js'
import type { Network } from '../model/network.js'
import type { FloatArray } from '../native/contract.js'
import { RobustFeaturesError } from '../native/errors.js'
import type { ExecutionOptions } from '../native/execution.js'

/** What adversarial examples are built from. */
export const TRANSFER_SOURCES = [
  'non-robust features',
  'robust features',
  'standard network',
  'adversarial network',
] as const
export type TransferSource = (typeof TRANSFER_SOURCES)[number]

/** How the networks were trained that the examples are shown to. */
export const TRANSFER_TARGETS = ['standard', 'adversarial'] as const
export type TransferTarget = (typeof TRANSFER_TARGETS)[number]

/**
 * Of the samples that a target has right, the share that the examples of a source turn wrong: source × target. Undefined
 * for a target that has none right.
 */
export type SuccessMatrix = Readonly<
  Record<TransferSource, Readonly<Record<TransferTarget, number | undefined>>>
>

/** What examples did to the two networks of one seed. */
export interface TransferResult {
  readonly seed: number
  readonly cleanAccuracy: Readonly<Record<TransferTarget, number>>
  /** One for every radius asked for, in that order. */
  readonly points: readonly { readonly radius: number; readonly success: SuccessMatrix }[]
}

/**
 * The matrix at a radius.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` where no examples of it were asked for
 */
export function successAt({ points }: TransferResult, radius: number): SuccessMatrix {
  const found = points.find((point) => point.radius === radius)
  if (found !== undefined) return found.success
  const made = points.map((point) => point.radius).join(', ')
  throw new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected \`radius\` to be one that examples were made at, ${made}, got ${radius}.`,
  )
}

/** Who is shown what. */
export interface TransferTrial<Data extends Samples> {
  readonly seed: number
  readonly targets: Readonly<Record<TransferTarget, Network<Data>>>
  readonly data: Data
  readonly radii: readonly number[]
  /** Perturbations of all samples within a radius. */
  examples(source: TransferSource, radius: number): Promise<FloatArray>
}

/** Makes the examples of every source and radius once, and shows them to both targets. */
export async function transferResult<Data extends Samples>(
  { seed, targets, data, radii, examples }: TransferTrial<Data>,
  execution: ExecutionOptions,
): Promise<TransferResult> {
  const clean = await onTargets((target) => targets[target].evaluate(data, execution))
  const points: TransferResult['points'][number][] = []
  for (const radius of radii) {
    const success: Partial<Record<TransferSource, SuccessMatrix[TransferSource]>> = {}
    for (const source of TRANSFER_SOURCES) {
      const perturbation = await examples(source, radius)
      success[source] = await onTargets(async (target) => {
        const { margin } = await targets[target].evaluate(data, { ...execution, perturbation })
        return shareTurnedWrong(clean[target].margin, margin)
      })
    }
    points.push({ radius, success: success as SuccessMatrix })
  }
  const { standard, adversarial } = clean
  return {
    seed,
    cleanAccuracy: { standard: standard.accuracy, adversarial: adversarial.accuracy },
    points,
  }
}

/**
 * Of the samples with a positive margin before, the share without one after; NaN is not positive. Undefined where no
 * margin was positive.
 */
export function shareTurnedWrong(before: Float64Array, after: Float64Array): number | undefined {
  const stands = isPositive(after)
  const counted = [...isPositive(before).entries()].filter(([, right]) => right === 1)
  const wrong = counted.filter(([n]) => stands[n] === 0)
  return counted.length === 0 ? undefined : wrong.length / counted.length
}

async function onTargets<Value>(
  read: (target: TransferTarget) => Promise<Value>,
): Promise<Record<TransferTarget, Value>> {
  return { standard: await read('standard'), adversarial: await read('adversarial') }
}
