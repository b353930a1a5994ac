import { isPositive } from '../analysis/attack-run.js'
import { evaluateRobustness, type Robustness } from '../analysis/evaluate-robustness.js'
import { imageAttackSuite } from '../attacks/attack-suite.js'
import { pgd } from '../attacks/gradient-ascent.js'
import { imageAttack } from '../attacks/image-attack.js'
import type { ImageData } from '../data/image-data.js'
import type { LayeredNetwork } from '../model/layered-network.js'
import type { Snapshot } from '../training/snapshots.js'
import { survivors } from './accuracy-curve.js'
import type { ExperimentContext } from './experiment.js'
import type { JudgedImageTask } from './image-accuracy-presets.js'
import type { FollowedImageTask } from './image-task.js'
import type { ImageRun } from './trained-on-images.js'

type Context = Pick<ExperimentContext<object>, 'threads' | 'signal'>

/** Shares of test images classified correctly at one point of training. */
export interface TrainingPoint {
  /** Passes over the training images so far. */
  readonly epoch: number
  readonly clean: number
  /** Under one short attack, on the first images. */
  readonly attacked: number
}

export function firstImages(data: ImageData, count: number): ImageData {
  return data.select(Int32Array.from({ length: Math.min(count, data.samples) }, (_, n) => n))
}

/** Clean accuracy and that under one short PGD, of every network on the way. */
export async function accuracyOverTraining(
  { threads, signal }: Context,
  { task, images: { train, test }, seed }: ImageRun<FollowedImageTask>,
  snapshots: readonly Snapshot<LayeredNetwork>[],
): Promise<TrainingPoint[]> {
  const { batchSize, radius, overTraining } = task
  const execution = { threads, signal }
  const first = firstImages(test, overTraining.images)
  const attacks = [imageAttack(pgd({ norm: 'linf', radius, steps: overTraining.steps, randomStart: true }))]
  const points: TrainingPoint[] = []
  for (const { iteration, network } of snapshots) {
    const { accuracy } = await network.evaluate(test, execution)
    const { robustAccuracy } = await evaluateRobustness(network, first, {
      attacks,
      stopWhenFooled: true,
      seed,
      ...execution,
    })
    const epoch = iteration / Math.ceil(train.samples / batchSize)
    points.push({ epoch, clean: accuracy, attacked: robustAccuracy })
  }
  return points
}

/** Attacked accuracy at `curveRadii`: clean at 0, shorter attacks beside ε, where the result is known. */
export async function attackedCurve(
  { threads, signal }: Context,
  { task, images: { test }, seed }: ImageRun<JudgedImageTask>,
  network: LayeredNetwork,
  { robust }: Robustness,
): Promise<number[]> {
  const execution = { threads, signal }
  const attacked = async (radius: number, standing: readonly number[]) => {
    const data = test.select(standing)
    if (radius === task.radius) return new Uint8Array(data.samples).fill(1)
    if (radius === 0) return isPositive((await network.evaluate(data, execution)).margin)
    const attacks = imageAttackSuite({ norm: 'linf', radius, steps: task.curveSteps, restarts: 1 })
    return (await evaluateRobustness(network, data, { attacks, stopWhenFooled: true, seed, ...execution }))
      .robust
  }
  const curve: number[] = []
  for await (const { standing } of survivors(task.radius, robust, attacked))
    curve.push(standing.length / test.samples)
  return curve
}
