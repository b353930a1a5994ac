import { isPositive } from '../analysis/attack-run.js'
import { evaluateRobustness, type Robustness } from '../analysis/evaluate-robustness.js'
import { imageAttackSuite } from '../attacks/attack-suite.js'
import { pgd } from '../attacks/gradient-ascent.js'
import type { ImageData } from '../data/image-data.js'
import type { LayeredNetwork } from '../model/layered-network.js'
import { adversarial, type Objective, standard } from '../training/objective.js'
import type { LayeredTrainingRecord } from '../training/record.js'
import { cosineDecay } from '../training/schedule.js'
import { AT_RADIUS, survivors } from './accuracy-curve.js'
import type { ExperimentContext, RunFlag } from './experiment.js'
import type { ImageTask, ImageTraining } from './image-accuracy-presets.js'
import { measuredOnce } from './measured-once.js'
import { readyNetwork } from './ready-networks.js'
import { trainedLayeredNetwork } from './trained-network.js'
import { trainingFlags } from './training-flags.js'

/** One network, trained on images and attacked. */
export interface ImageResult {
  readonly cleanAccuracy: number
  /** At ε, of the whole suite; what fell at a smaller radius counts as fallen. */
  readonly robustAccuracy: number
  /** Attacked accuracy at `curveRadii`. */
  readonly curve: readonly number[]
  readonly history: readonly LayeredTrainingRecord[]
  readonly flags: readonly RunFlag[]
}

/** What is trained on and judged by. */
export interface ImageRun {
  readonly task: ImageTask
  readonly images: { readonly train: ImageData; readonly test: ImageData }
  readonly seed: number
  readonly training: ImageTraining
  /** Its folder in the run folder. */
  readonly where: string
}

type Context = Pick<ExperimentContext<object>, 'directory' | 'threads' | 'signal' | 'note'>

/** Trains a network and attacks it; what an earlier session has done is read. */
export async function imageResult(
  context: Context,
  run: ImageRun,
  onProgress: (share: number) => void,
): Promise<ImageResult> {
  const { task, images, seed, training, where } = run
  const { threads, signal } = context
  const { mean, deviation, augmentation, optimizer, learningRate, batchSize, trainingEpochs } = task
  const normalization = { mean, deviation }
  const objective = objectiveOf(task, training)
  const { network, history } = await trainedLayeredNetwork(
    context,
    {
      name: where,
      network: readyNetwork(
        task.network,
        images.train,
        mean.length === 0 ? { seed } : { normalization, seed },
      ),
      data: images.train,
      objective,
      options: {
        learningRate: cosineDecay({ initial: learningRate }),
        epochs: trainingEpochs[training],
        batchSize,
        optimizer,
        augmentation,
        seed,
      },
    },
    (share) => onProgress(0.8 * share),
  )
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
    history,
    flags: [
      ...robustness.flags.map(({ name, message }) => ({ where, name, message })),
      ...trainingFlags({
        where,
        objective: objective.kind,
        robustness: { cleanAccuracy, robustAccuracy },
        expected: training === 'standard' ? { ...expected, clean: plain.cleanAtLeast } : expected,
      }),
    ],
  }
}

function objectiveOf({ radius, trainingSteps }: ImageTask, training: ImageTraining): Objective {
  return training === 'standard'
    ? standard()
    : adversarial(pgd({ norm: 'linf', radius, steps: trainingSteps, randomStart: true }))
}

/** Attacked accuracy at `curveRadii`: clean at 0, shorter attacks beside ε, where the result is known. */
async function attackedCurve(
  { threads, signal }: Context,
  { task, images: { test }, seed }: ImageRun,
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
