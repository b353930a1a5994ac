import { evaluateRobustness } from '../analysis/evaluate-robustness.js'
import type { PatchDistribution } from '../data/patch-distribution.js'
import { standard } from '../training/objective.js'
import { conflictingPatches } from './conflicting-patches.js'
import { type Attempt, unlessDiverged } from './divergence.js'
import type { ExperimentContext, RunFlag } from './experiment.js'
import {
  accuracyOnConstructed,
  type CurvePair,
  type FeatureLearningCurve,
  type FeatureLearningPoint,
} from './feature-learning-curves.js'
import type { FeatureLearningPreset } from './feature-learning-presets.js'
import { IMAGE_TRAININGS, type ImageTraining } from './image-task.js'
import { strongInnerMaximiser } from './inner-maximisers.js'
import { measuredOnce } from './measured-once.js'
import { attacksAt, trainSeed } from './structured-data.js'

type Context = ExperimentContext<FeatureLearningPreset>

/** Both trainings of every seed; the seeds of which neither diverged. */
export async function twinLearningCurves(
  context: Context,
): Promise<{ pairs: readonly CurvePair[]; flags: readonly RunFlag[] }> {
  const { seeds, report } = context
  const attempts: Attempt<FeatureLearningCurve>[] = []
  const pairs: CurvePair[] = []
  for (const [position, seed] of seeds.entries()) {
    const pair: Partial<Record<ImageTraining, FeatureLearningCurve>> = {}
    for (const [second, training] of IMAGE_TRAININGS.entries()) {
      const attempt = await unlessDiverged(`seed-${seed}/${training}`, () =>
        twinLearningCurve(context, { seed, training }, (share) =>
          report((position + (second + share) / 2) / seeds.length, `seed ${seed}, ${training}`),
        ),
      )
      attempts.push(attempt)
      if (attempt.result !== undefined) pair[training] = attempt.result
    }
    if (pair.standard !== undefined && pair.adversarial !== undefined)
      pairs.push({ standard: pair.standard, adversarial: pair.adversarial })
  }
  return { pairs, flags: attempts.flatMap(({ flags }) => flags) }
}

/** On structured data, where the test samples with one kind of feature alone are X_R and X_NR themselves. */
async function twinLearningCurve(
  context: Context,
  { seed, training }: { seed: number; training: ImageTraining },
  onProgress: (share: number) => void,
): Promise<FeatureLearningCurve> {
  const { threads, signal } = context
  const preset = context.preset.twin
  const execution = { threads, signal }
  const objective = (distribution: PatchDistribution) =>
    training === 'standard' ? standard() : strongInnerMaximiser.objective(distribution, preset.radius)
  const { where, distribution, trained } = await trainSeed(
    { ...context, preset },
    seed,
    training,
    objective,
    (share) => onProgress(0.8 * share),
    { every: preset.snapshotEvery },
  )
  const sample = (parts: 'all' | 'robust' | 'nonRobust') =>
    distribution.sample(preset.testSamples, { stream: 'test', parts, ...execution })
  const attacks = attacksAt(distribution, preset, preset.radius)
  const { value } = await measuredOnce(context, `${where}/feature-learning`, async () => {
    const test = await sample('all')
    const sets = {
      robust: await sample('robust'),
      nonRobust: await sample('nonRobust'),
      conflicting: conflictingPatches(test, preset.distribution.robustPatches),
    }
    const curve: FeatureLearningPoint[] = []
    for (const { iteration, network } of trained.snapshots) {
      const { cleanAccuracy, robustAccuracy } = await evaluateRobustness(network, test, {
        attacks,
        seed,
        ...execution,
      })
      curve.push({
        at: iteration,
        clean: cleanAccuracy,
        attacked: robustAccuracy,
        ...(await accuracyOnConstructed(network, sets, execution)),
      })
    }
    return curve
  })
  onProgress(1)
  return value
}
