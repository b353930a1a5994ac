import { evaluateRobustness } from '../analysis/evaluate-robustness.js'
import { objectiveAttacks } from '../training/objective.js'
import { scheduleFromConfig } from '../training/schedule.js'
import { loadedImages } from './image-config-data.js'
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
  const { train, test } = await loadedImages(data, seed)
  const initial = readyNetwork(kind, train, normalization === undefined ? { seed } : { normalization, seed })
  initial.requireData(test, 'data.testSet')
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
