import { evaluateRobustness } from '../analysis/evaluate-robustness.js'
import type { PatchDistribution } from '../data/patch-distribution.js'
import { standard } from '../training/objective.js'
import { conflictingPatches } from './conflicting-patches.js'
import type { ExperimentContext } from './experiment.js'
import {
  accuracyOnConstructed,
  type FeatureLearningCurve,
  type FeatureLearningPoint,
} from './feature-learning-curves.js'
import type { FeatureLearningPreset } from './feature-learning-presets.js'
import type { ImageTraining } from './image-task.js'
import { strongInnerMaximiser } from './inner-maximisers.js'
import { measuredOnce } from './measured-once.js'
import { attacksAt, trainSeed } from './structured-data.js'

/** On structured data, where the test samples with one kind of feature alone are X_R and X_NR themselves. */
export async function twinLearningCurve(
  context: ExperimentContext<FeatureLearningPreset>,
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
