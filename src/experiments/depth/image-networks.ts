import { type Attempt, resultsOf, unlessDiverged } from '../divergence.js'
import type { ExperimentContext, ExperimentOutcome } from '../experiment.js'
import { constructedImageGrid } from '../figures/constructed-image-grid.js'
import { stageFigures } from '../figures/stage-figures.js'
import { firstImages } from '../image-curves.js'
import { imageSet } from '../image-sets.js'
import { nextOf } from '../source-seeds.js'
import { freshNetwork } from '../trained-on-images.js'
import { type StageSubject, type StageTask, stageAccuracies, stageSubject } from './image-stages.js'
import { networkStages } from './network-stages.js'
import { type StageSeed, stageRecords } from './stage-records.js'

/** Linear probes of the networks of one data set; only flags where its images cannot be had. */
export async function imageNetworks(context: ExperimentContext<StageTask>): Promise<ExperimentOutcome> {
  const { preset: task, seeds, report, note } = context
  const { images, folder, flags } = await imageSet(context, task)
  if (images === undefined) return { records: [], flags, figures: [] }
  const used = {
    ...task,
    stages: networkStages(freshNetwork(task, images.train, 0).layers),
    trainingImages: images.train.samples,
    testImages: images.test.samples,
  }
  const attempts: Attempt<StageSubject>[] = []
  for (const [position, seed] of seeds.entries()) {
    const attempt = await unlessDiverged(`${folder}/seed-${seed}`, () =>
      stageSubject(context, task, images, { seed, folder }, (share, activity) =>
        report((0.8 * (position + share)) / seeds.length, `${task.dataset}, seed ${seed}, ${activity}`),
      ),
    )
    attempts.push(attempt)
  }
  const subjects = resultsOf(attempts)
  if (subjects.length === 1) note('With one seed, networks are judged on images constructed from themselves.')
  const probes: Attempt<StageSeed>[] = []
  for (const [position, subject] of subjects.entries()) {
    const { seed, extent } = subject
    report(0.8 + (0.2 * position) / subjects.length, `${task.dataset}, seed ${seed}, probes`)
    const others = nextOf(subjects, position) ?? subject
    const attempt = await unlessDiverged(`${folder}/seed-${seed}`, async () => ({
      accuracies: await stageAccuracies(context, used, images, { subject, others, folder }),
      extent,
    }))
    probes.push(attempt)
  }
  const measured = resultsOf(probes)
  return {
    records: stageRecords(used, seeds, measured),
    flags: [...flags, ...[...attempts, ...subjects, ...probes].flatMap((from) => from.flags)],
    figures: stageFigures(used, measured),
    grids: subjects.slice(0, 1).map(({ seed, shown: { robust, nonRobust } }) =>
      constructedImageGrid({
        dataset: task.dataset,
        split: 'test',
        seed,
        originals: firstImages(images.test, task.features.images),
        sets: [
          ['robust', robust],
          ['non-robust', nonRobust],
        ],
      }),
    ),
  }
}
