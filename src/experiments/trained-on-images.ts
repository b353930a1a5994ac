import { pgd } from '../attacks/gradient-ascent.js'
import type { ImageData } from '../data/image-data.js'
import type { LayeredNetwork } from '../model/layered-network.js'
import { adversarial, type Objective, standard } from '../training/objective.js'
import type { LayeredTrainingRecord } from '../training/record.js'
import { cosineDecay } from '../training/schedule.js'
import type { ExperimentContext } from './experiment.js'
import { type ImageTask, type ImageTraining, trainingUpdates } from './image-task.js'
import { readyNetwork } from './ready-networks.js'
import { type TrainedNetwork, trainedLayeredNetwork } from './trained-network.js'

/** What is trained on. */
export interface ImageRun<Task extends ImageTask = ImageTask> {
  readonly task: Task
  readonly images: { readonly train: ImageData; readonly test: ImageData }
  readonly seed: number
  readonly training: ImageTraining
  /** Its folder in the run folder. */
  readonly where: string
}

/** Trains the network of a task one of the two ways, and keeps it `snapshotsPerEpoch` times an epoch, where it is given. */
export function trainedOnImages(
  context: Pick<ExperimentContext<object>, 'directory' | 'threads' | 'signal' | 'note'>,
  { task, images, seed, training, where }: ImageRun,
  snapshotsPerEpoch: number | undefined,
  onProgress: (share: number) => void,
): Promise<TrainedNetwork<LayeredNetwork, LayeredTrainingRecord>> {
  const { augmentation, optimizer, learningRate, batchSize } = task
  const updates = trainingUpdates(task, training)
  return trainedLayeredNetwork(
    context,
    {
      name: where,
      network: freshNetwork(task, images.train, seed),
      data: images.train,
      objective: objectiveOf(task, training),
      options: {
        learningRate: cosineDecay({ initial: learningRate }),
        iterations: updates.all,
        ...(snapshotsPerEpoch !== undefined && {
          snapshots: { every: Math.max(1, Math.floor(updates.epoch / snapshotsPerEpoch)) },
        }),
        batchSize,
        optimizer,
        augmentation,
        seed,
      },
    },
    onProgress,
  )
}

/** The network of a task before training. */
export function freshNetwork(
  { network, mean, deviation }: ImageTask,
  images: ImageData,
  seed: number,
): LayeredNetwork {
  const normalized = mean.length === 0 ? {} : { normalization: { mean, deviation } }
  return readyNetwork(network, images, { ...normalized, seed })
}

function objectiveOf({ radius, trainingSteps }: ImageTask, training: ImageTraining): Objective {
  return training === 'standard'
    ? standard()
    : adversarial(pgd({ norm: 'linf', radius, steps: trainingSteps, randomStart: true }))
}
