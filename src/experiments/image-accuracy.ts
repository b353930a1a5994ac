import { createRecord, type ExperimentRecord } from '../analysis/record.js'
import { atLeast, atMost } from './conditions.js'
import { type Attempt, noneDiverged, overResults, resultsOf, unlessDiverged } from './divergence.js'
import type { Experiment, ExperimentContext, ExperimentOutcome } from './experiment.js'
import { imageFigures } from './figures/image-figures.js'
import {
  type ImageAccuracyPreset,
  imageAccuracyPresets,
  type JudgedImageTask,
} from './image-accuracy-presets.js'
import { imageSet } from './image-sets.js'
import { IMAGE_TRAININGS, type ImageTraining, trainingUpdates } from './image-task.js'
import { type ImageResult, imageResult } from './image-training.js'
import { joinedOutcomes } from './joined-outcomes.js'
import { publishedFor } from './published-accuracy.js'

/** The paper's check on real images, with convolutional networks of the size that a processor trains. */
export const imageAccuracy: Experiment<ImageAccuracyPreset> = {
  id: 'image-accuracy',
  title: 'Clean and robust accuracy on real images',
  claim: 'Standard training gives good clean and poor robust accuracy, adversarial training gives both',
  source: 'arXiv 2410.08503, experiments on real images',
  presets: imageAccuracyPresets,
  defaultSeeds: { smoke: 2, quick: 3, full: 3 },

  async run(context) {
    const { tasks } = context.preset
    const outcomes: ExperimentOutcome[] = []
    for (const [position, task] of tasks.entries()) {
      const report: typeof context.report = (share, activity) =>
        context.report((position + share) / tasks.length, `${task.dataset}, ${activity}`)
      outcomes.push(await taskOutcome({ ...context, report }, task))
    }
    return joinedOutcomes(outcomes)
  },
}

/** All trainings of one data set; only flags where its images cannot be had. */
async function taskOutcome(
  context: ExperimentContext<ImageAccuracyPreset>,
  task: JudgedImageTask,
): Promise<ExperimentOutcome> {
  const { images, folder, flags } = await imageSet(context, task)
  if (images === undefined) return { records: [], flags, figures: [] }
  const { seeds, report } = context
  const used = {
    ...task,
    trainingImages: images.train.samples,
    testImages: images.test.samples,
    trainingUpdates: {
      standard: trainingUpdates(task, 'standard').all,
      adversarial: trainingUpdates(task, 'adversarial').all,
    },
  }
  const attempts: Record<ImageTraining, Attempt<ImageResult>[]> = { standard: [], adversarial: [] }
  const runs = seeds.flatMap((seed) => IMAGE_TRAININGS.map((training) => ({ seed, training })))
  for (const [position, { seed, training }] of runs.entries()) {
    const where = `${folder}/seed-${seed}/${training}`
    const attempt = await unlessDiverged(where, () =>
      imageResult(context, { task, images, seed, training, where }, (share) =>
        report((position + share) / runs.length, `seed ${seed}, ${training}`),
      ),
    )
    attempts[training].push(attempt)
  }
  const results = {
    standard: resultsOf(attempts.standard),
    adversarial: resultsOf(attempts.adversarial),
  }
  return {
    records: IMAGE_TRAININGS.map((training) => record(used, seeds, training, results[training])),
    flags: [
      ...flags,
      ...IMAGE_TRAININGS.flatMap((training) => [...attempts[training], ...results[training]]).flatMap(
        (from) => from.flags,
      ),
    ],
    figures: imageFigures(used, results),
  }
}

function record(
  task: JudgedImageTask,
  seeds: readonly number[],
  training: ImageTraining,
  results: readonly ImageResult[],
): ExperimentRecord {
  const { dataset, radius, criteria } = task
  const clean = overResults(results, ({ cleanAccuracy }) => cleanAccuracy)
  const robust = overResults(results, ({ robustAccuracy }) => robustAccuracy)
  const { standard, adversarial } = criteria
  const conditions =
    training === 'standard'
      ? ([
          atLeast(clean, standard.cleanAtLeast, 'clean accuracy'),
          atMost(robust, standard.robustAtMost, 'robust accuracy'),
        ] as const)
      : ([
          atLeast(robust, adversarial.robust, 'robust accuracy'),
          atLeast(clean, adversarial.clean, 'clean accuracy'),
        ] as const)
  return createRecord(
    {
      id: `image-accuracy/${dataset}/${training}`,
      experiment: imageAccuracy.id,
      dataset,
      claim:
        training === 'standard'
          ? 'Standard training gives good clean and poor robust accuracy'
          : 'Adversarial training gives good clean and good robust accuracy',
      source: imageAccuracy.source,
      reported: null,
      config: { ...task, published: publishedFor(dataset, radius) },
      seeds,
    },
    [...conditions, ...noneDiverged(seeds.length, results.length)],
  )
}
