import { type Attempt, resultsOf, unlessDiverged } from './divergence.js'
import type { Experiment, ExperimentContext, ExperimentOutcome } from './experiment.js'
import type { CurvePair, FeatureLearningCurve } from './feature-learning-curves.js'
import { constructedImages, imageLearningCurve } from './feature-learning-images.js'
import {
  type FeatureLearningPreset,
  type FeatureLearningTask,
  featureLearningPresets,
} from './feature-learning-presets.js'
import { featureLearningRecords } from './feature-learning-records.js'
import { twinLearningCurve } from './feature-learning-twin.js'
import { featureLearningFigures } from './figures/feature-learning-figures.js'
import { imageSet } from './image-sets.js'
import { IMAGE_TRAININGS, type ImageTraining } from './image-task.js'
import { joinedOutcomes } from './joined-outcomes.js'
import { requireKnownPatches } from './known-patches.js'

type Context = ExperimentContext<FeatureLearningPreset>

const TWIN = 'synthetic'
/** Of the time of a data set, as reckoned from its updates: the reference networks and what is made from them. */
const SHARE_OF_REFERENCES = 0.3

/** Which features networks use, all along their training: on real images and on structured data beside them. */
export const featureLearningAccuracy: Experiment<FeatureLearningPreset> = {
  id: 'feature-learning-accuracy',
  title: 'Accuracy on robust and non-robust features over training',
  claim:
    'Standard training learns non-robust features first and most; adversarial training suppresses them and strengthens robust ones',
  source: 'arXiv 2410.08503, experiments on real images',
  presets: featureLearningPresets,
  defaultSeeds: { smoke: 2, quick: 3, full: 3 },

  async run(context) {
    const { tasks, twin } = context.preset
    requireKnownPatches(twin.distribution, 'twin.distribution')
    const parts = tasks.length + 1
    const part = (position: number, name: string): Context => ({
      ...context,
      report: (share, activity) => context.report((position + share) / parts, `${name}, ${activity}`),
    })
    const outcomes = [await twinOutcome(part(0, TWIN))]
    for (const [position, task] of tasks.entries())
      outcomes.push(await imageOutcome(part(position + 1, task.dataset), task))
    return joinedOutcomes(outcomes)
  },
}

async function twinOutcome(context: Context): Promise<ExperimentOutcome> {
  const { preset, seeds, directory } = context
  const { pairs, flags } = await curvePairs(context, (seed, training, onProgress) =>
    twinLearningCurve({ ...context, directory: `${directory}/${TWIN}` }, { seed, training }, onProgress),
  )
  return {
    records: featureLearningRecords(
      TWIN,
      {
        experiment: featureLearningAccuracy.id,
        config: preset.twin,
        classes: preset.twin.distribution.classes,
      },
      seeds,
      pairs,
    ),
    flags,
    figures: featureLearningFigures(
      {
        name: TWIN,
        x: { field: 'iteration', title: 'iteration' },
        attack: 'attacked',
        inputs:
          'The others’ patches hold noise alone. Attacked: worst case over the suite, feature-aligned attacks included.',
      },
      pairs,
    ),
  }
}

async function imageOutcome(context: Context, task: FeatureLearningTask): Promise<ExperimentOutcome> {
  const { images, folder, flags } = await imageSet(context, task)
  if (images === undefined) return { records: [], flags, figures: [] }
  const { seeds, report } = context
  const { dataset } = task
  const constructed = await constructedImages(context, { task, images, folder }, (share, activity) =>
    report(SHARE_OF_REFERENCES * share, activity),
  )
  const { sets, grid } = constructed
  if (sets === undefined || grid === undefined)
    return { records: [], flags: [...flags, ...constructed.flags], figures: [] }
  const rest = (share: number, activity: string) =>
    report(SHARE_OF_REFERENCES + (1 - SHARE_OF_REFERENCES) * share, activity)
  const curves = await curvePairs({ ...context, report: rest }, (seed, training, onProgress) => {
    const where = `${folder}/seed-${seed}/${training}`
    return imageLearningCurve(context, { task, images, seed, training, where }, sets, onProgress)
  })
  const config = { ...task, trainingImages: images.train.samples, testImages: images.test.samples }
  return {
    records: featureLearningRecords(
      dataset,
      { experiment: featureLearningAccuracy.id, dataset, config, classes: images.test.classes },
      seeds,
      curves.pairs,
    ),
    flags: [...flags, ...curves.flags],
    figures: featureLearningFigures(
      {
        name: dataset,
        x: { field: 'epochs', title: 'epochs' },
        attack: `PGD-${task.overTraining.steps}`,
        inputs:
          'Those are constructed from noise to match the representation of test images in reference networks of another seed, ' +
          'trained adversarially (robust) or by standard training (non-robust).',
      },
      curves.pairs,
    ),
    grids: [grid],
  }
}

/** Both trainings of every seed; the seeds of which neither diverged. */
async function curvePairs(
  { seeds, report }: Context,
  measure: (
    seed: number,
    training: ImageTraining,
    onProgress: (share: number) => void,
  ) => Promise<FeatureLearningCurve>,
): Promise<{ pairs: CurvePair[]; flags: ExperimentOutcome['flags'] }> {
  const attempts: Attempt<FeatureLearningCurve>[] = []
  const pairs: CurvePair[] = []
  for (const [position, seed] of seeds.entries()) {
    const pair: Partial<Record<ImageTraining, FeatureLearningCurve>> = {}
    for (const [second, training] of IMAGE_TRAININGS.entries()) {
      const attempt = await unlessDiverged(`seed-${seed}/${training}`, () =>
        measure(seed, training, (share) =>
          report((position + (second + share) / 2) / seeds.length, `seed ${seed}, ${training}`),
        ),
      )
      attempts.push(attempt)
      const [curve] = resultsOf([attempt])
      if (curve !== undefined) pair[training] = curve
    }
    if (pair.standard !== undefined && pair.adversarial !== undefined)
      pairs.push({ standard: pair.standard, adversarial: pair.adversarial })
  }
  return { pairs, flags: attempts.flatMap(({ flags }) => flags) }
}
