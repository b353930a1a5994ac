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
}

/** Test inputs that are not as they were drawn. */
export type ConstructedInputs<Data> = Readonly<Record<'robust' | 'nonRobust' | 'conflicting', Data>>

export async function accuracyOnConstructed<Data>(
  network: {
    evaluate(data: Data, execution: ExecutionOptions): Promise<{ readonly accuracy: number }>
  },
  inputs: ConstructedInputs<Data>,
  execution: ExecutionOptions,
): Promise<Pick<FeatureLearningPoint, keyof ConstructedInputs<Data>>> {
  const on = async (data: Data) => (await network.evaluate(data, execution)).accuracy
  return {
    robust: await on(inputs.robust),
    nonRobust: await on(inputs.nonRobust),
    conflicting: await on(inputs.conflicting),
  }
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
 * When half of the rise from the first value to the last is made, as a share of training: where the curve first comes
 * to the middle of the two, with straight lines between its points. 1 where it does not rise.
 */
export function halfLearned(curve: FeatureLearningCurve, read: Read): number {
  const length = atEnd(curve, ({ at }) => at)
  const [first] = curve
  if (first === undefined || atEnd(curve, read) - read(first) < SMALLEST_RISE) return 1
  const half = (read(first) + atEnd(curve, read)) / 2
  const position = curve.findIndex((point) => read(point) >= half)
  const [before, after] = [curve[position - 1], curve[position]]
  if (before === undefined || after === undefined) return 0
  const share = (half - read(before)) / (read(after) - read(before))
  return (before.at + share * (after.at - before.at)) / length
}
