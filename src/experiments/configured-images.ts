import { evaluateRobustness } from '../analysis/evaluate-robustness.js'
import { ImageData } from '../data/image-data.js'
import { subset } from '../data/images/image-dataset.js'
import { loadImages } from '../data/images/load-images.js'
import { objectiveAttacks } from '../training/objective.js'
import { scheduleFromConfig } from '../training/schedule.js'
import {
  type CheckedImageTrainingConfig,
  imageEvaluationAttacks,
  imageObjective,
} from './image-training-config.js'
import { noteLargeRadius, type PreparedTraining, testSummary } from './prepared-training.js'
import { readyNetwork } from './ready-networks.js'
import { trainedLayeredNetwork } from './trained-network.js'

/** Loads the images of a layered network's training. */
export async function prepareImageTraining(parsed: CheckedImageTrainingConfig): Promise<PreparedTraining> {
  const { data, seed, training, evaluation } = parsed
  const { kind, normalization } = parsed.network
  const train = await loaded(data, 'train', data.trainingImages)
  const test = await loaded(data, 'test', data.testImages)
  const initial = readyNetwork(kind, train, normalization === undefined ? { seed } : { normalization, seed })
  const objective = imageObjective(parsed)
  const attacks = imageEvaluationAttacks(parsed)
  const { epochs, batchSize, optimizer, augmentation } = training
  return async (context, onProgress) => {
    const { threads, signal } = context
    noteLargeRadius([...objectiveAttacks(objective).attacks, ...attacks], train, context.note)
    const { network, history } = await trainedLayeredNetwork(
      context,
      {
        name: '',
        network: initial,
        data: train,
        objective,
        options: {
          learningRate: scheduleFromConfig(training.learningRate),
          epochs,
          batchSize,
          optimizer,
          augmentation,
          seed,
        },
      },
      (share) => onProgress(share, `epoch ${Math.round(share * epochs)}`),
    )
    const { stopWhenFooled } = evaluation
    const robustness =
      attacks.length === 0
        ? undefined
        : await evaluateRobustness(network, test, { attacks, stopWhenFooled, seed, threads, signal })
    const { accuracy } = await network.evaluate(test, { threads, signal })
    const last = history.at(-1)
    return {
      trainingLoss: last?.loss,
      trainingAccuracy: last?.adversarialAccuracy ?? last?.cleanAccuracy,
      ...testSummary(test.samples, accuracy, robustness),
    }
  }
}

/** The first `count` images of a split, or all of them where there are fewer. */
async function loaded(
  { set, directory, verify }: CheckedImageTrainingConfig['data'],
  split: 'train' | 'test',
  count = Number.POSITIVE_INFINITY,
): Promise<ImageData> {
  const images = await loadImages(set, { split, verify, ...(directory === undefined ? {} : { directory }) })
  return ImageData.fromImages(count >= images.count ? images : subset(images, { count }))
}
