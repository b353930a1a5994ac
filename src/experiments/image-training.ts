import { evaluateRobustness } from '../analysis/evaluate-robustness.js'
import { imageAttackSuite } from '../attacks/attack-suite.js'
import { AT_RADIUS } from './accuracy-curve.js'
import type { ExperimentContext, RunFlag } from './experiment.js'
import type { JudgedImageTask } from './image-accuracy-presets.js'
import { accuracyOverTraining, attackedCurve, type TrainingPoint } from './image-curves.js'
import { measuredOnce } from './measured-once.js'
import { type ImageRun, trainedOnImages } from './trained-on-images.js'
import { trainingFlags } from './training-flags.js'

/** One network, trained on images and attacked. */
export interface ImageResult {
  readonly cleanAccuracy: number
  /** At ε, of the whole suite; what fell at a smaller radius counts as fallen. */
  readonly robustAccuracy: number
  /** Attacked accuracy at `curveRadii`. */
  readonly curve: readonly number[]
  /** On test images, from before training to its end. */
  readonly overTraining: readonly TrainingPoint[]
  readonly flags: readonly RunFlag[]
}

type Context = Pick<ExperimentContext<object>, 'directory' | 'threads' | 'signal' | 'note'>

/** Trains a network and attacks it; what an earlier session has done is read. */
export async function imageResult(
  context: Context,
  run: ImageRun<JudgedImageTask>,
  onProgress: (share: number) => void,
): Promise<ImageResult> {
  const { task, images, seed, training, where } = run
  const { threads, signal } = context
  const { network, snapshots } = await trainedOnImages(context, run, 1, (share) => onProgress(0.7 * share))
  const { value: overTraining } = await measuredOnce(context, `${where}/over-training`, () =>
    accuracyOverTraining(context, run, snapshots),
  )
  onProgress(0.8)
  const { value: robustness, before } = await measuredOnce(context, `${where}/robustness`, () =>
    evaluateRobustness(network, images.test, {
      attacks: imageAttackSuite({ norm: 'linf', radius: task.radius, ...task.suite }),
      stopWhenFooled: true,
      seed,
      threads,
      signal,
    }),
  )
  if (before) context.note(`${where}: already trained and attacked.`)
  onProgress(0.9)
  const { value: curve } = await measuredOnce(context, `${where}/curve`, () =>
    attackedCurve(context, run, network, robustness),
  )
  onProgress(1)
  const { cleanAccuracy } = robustness
  const robustAccuracy = curve[AT_RADIUS] ?? 0
  const { standard: plain, adversarial: expected } = task.criteria
  return {
    cleanAccuracy,
    robustAccuracy,
    curve,
    overTraining,
    flags: [
      ...robustness.flags.map(({ name, message }) => ({ where, name, message })),
      ...trainingFlags({
        where,
        objective: training,
        robustness: { cleanAccuracy, robustAccuracy },
        expected: training === 'standard' ? { ...expected, clean: plain.cleanAtLeast } : expected,
      }),
    ],
  }
}
