import type { Experiment, ExperimentContext, ExperimentOutcome } from './experiment.js'
import { imageLearningCurves } from './feature-learning-images.js'
import {
  type FeatureLearningPreset,
  type FeatureLearningTask,
  featureLearningPresets,
} from './feature-learning-presets.js'
import { featureLearningRecords } from './feature-learning-records.js'
import { twinLearningCurves } from './feature-learning-twin.js'
import { featureLearningFigures } from './figures/feature-learning-figures.js'
import { imageSet } from './image-sets.js'
import { joinedOutcomes } from './joined-outcomes.js'
import { requireKnownPatches } from './known-patches.js'

type Context = ExperimentContext<FeatureLearningPreset>

const TWIN = 'synthetic'

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
  const { pairs, flags } = await twinLearningCurves({ ...context, directory: `${directory}/${TWIN}` })
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
  const { dataset } = task
  const { pairs, grids, ...measured } = await imageLearningCurves(context, { task, images, folder })
  const config = { ...task, trainingImages: images.train.samples, testImages: images.test.samples }
  const { classes } = images.test
  return {
    records: featureLearningRecords(
      dataset,
      { experiment: featureLearningAccuracy.id, dataset, config, classes },
      context.seeds,
      pairs,
    ),
    flags: [...flags, ...measured.flags],
    figures: featureLearningFigures(
      {
        name: dataset,
        x: { field: 'epochs', title: 'epochs' },
        attack: `PGD-${task.overTraining.steps}`,
        inputs:
          'Those are constructed from noise to match the representation of test images in networks of another seed, ' +
          'trained adversarially (robust) or by standard training (non-robust).',
      },
      pairs,
    ),
    grids,
  }
}
