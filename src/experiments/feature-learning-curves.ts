import type { FloatArray } from '../native/contract.js'
import type { ExecutionOptions } from '../native/execution.js'
import type { ImageTraining } from './image-task.js'

/** Shares of test inputs classified correctly at one point of training. */
export interface FeatureLearningPoint {
  /** Epochs on images, iterations on structured data. */
  readonly at: number
  readonly clean: number
  readonly attacked: number
  /** On inputs that carry robust features alone. */
  readonly robust: number
  readonly nonRobust: number
  /** On inputs with the robust features of one class and the non-robust ones of the next, which is their label. */
  readonly conflicting: number
  /** Of the same inputs, the share classified as the class of their robust features. */
  readonly byRobust: number
}

/** Test inputs that are not as they were drawn. */
export type ConstructedInputs<Data> = Readonly<Record<'robust' | 'nonRobust' | 'conflicting', Data>>

interface Labelled {
  readonly classes: number
  labels(): Int32Array
}

interface Scored {
  readonly scores: FloatArray
  readonly accuracy: number
}

export async function accuracyOnConstructed<Data extends Labelled>(
  network: { evaluate(data: Data, execution: ExecutionOptions): Promise<Scored> },
  inputs: ConstructedInputs<Data>,
  execution: ExecutionOptions,
): Promise<Pick<FeatureLearningPoint, keyof ConstructedInputs<Data> | 'byRobust'>> {
  const on = async (data: Data) => (await network.evaluate(data, execution)).accuracy
  const { scores, accuracy } = await network.evaluate(inputs.conflicting, execution)
  return {
    robust: await on(inputs.robust),
    nonRobust: await on(inputs.nonRobust),
    conflicting: accuracy,
    byRobust: shareOfClassBefore(inputs.conflicting, scores),
  }
}

/** Share of samples of which the class before their label has the highest score, alone. */
function shareOfClassBefore(data: Labelled, scores: FloatArray): number {
  const { classes } = data
  const labels = data.labels()
  const won = labels.filter((label, n) => {
    const before = (label + classes - 1) % classes
    const own = scores[n * classes + before] ?? Number.NaN
    return scores
      .subarray(n * classes, (n + 1) * classes)
      .every((score, other) => other === before || score < own)
  })
  return labels.length === 0 ? 0 : won.length / labels.length
}

/** From the network before training to the trained one. */
export type FeatureLearningCurve = readonly FeatureLearningPoint[]

/** The two ways of training with one seed. */
export type CurvePair = Readonly<Record<ImageTraining, FeatureLearningCurve>>

type Read = (point: FeatureLearningPoint) => number

/** A rise below this is none: it has nothing of which half could be learned. */
const SMALLEST_RISE = 0.05

export function atEnd(curve: FeatureLearningCurve, read: Read): number {
  const last = curve.at(-1)
  return last === undefined ? Number.NaN : read(last)
}

/** The largest value after the first update; what an untrained network gives is its own preference for a class. */
export function peak(curve: FeatureLearningCurve, read: Read): number {
  return Math.max(...curve.slice(curve.length > 1 ? 1 : 0).map(read))
}

/** Mean over training, by the trapezoidal rule. */
export function overTraining(curve: FeatureLearningCurve, read: Read): number {
  const length = atEnd(curve, ({ at }) => at)
  let area = 0
  for (const [position, point] of curve.entries()) {
    const before = curve[position - 1]
    if (before !== undefined) area += ((point.at - before.at) * (read(point) + read(before))) / 2
  }
  return length > 0 ? area / length : atEnd(curve, read)
}

/**
 * When half of the rise from chance to the peak is made: where the curve first comes to the middle of the two, counted in
 * measurements from the first, with straight lines between them. 0 where the untrained network is there already and does
 * not fall below before the peak; where it does, what it had by its draw is not counted. The last measurement where the
 * curve never leaves chance.
 *
 * @param chance accuracy by guessing
 */
export function halfLearned(curve: FeatureLearningCurve, read: Read, chance: number): number {
  const top = peak(curve, read)
  if (!(top - chance >= SMALLEST_RISE)) return Math.max(0, curve.length - 1)
  const half = (chance + top) / 2
  const values = curve.map(read)
  const below = values.findIndex((value) => value < half)
  if (below === -1 || below > values.indexOf(top, curve.length > 1 ? 1 : 0)) return 0
  const after = values.findIndex((value, position) => position > below && value >= half)
  const before = values[after - 1] ?? Number.NaN
  return after - 1 + (half - before) / ((values[after] ?? Number.NaN) - before)
}
