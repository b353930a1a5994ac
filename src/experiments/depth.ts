import { imageNetworks } from './depth/image-networks.js'
import { patchNetworks } from './depth/patch-networks.js'
import { type DepthPreset, depthPresets } from './depth-presets.js'
import type { Experiment, ExperimentOutcome } from './experiment.js'
import { joinedOutcomes } from './joined-outcomes.js'
import { requireKnownPatches } from './known-patches.js'

/** Of the time, at scale `quick`. */
const SHARE_OF_PATCHES = 0.15

/** What becomes of robust and non-robust features in networks of more than one layer of filters. */
export const depth: Experiment<DepthPreset> = {
  id: 'depth',
  title: 'Feature learning in deeper networks',
  claim:
    'Deeper networks too learn non-robust features in standard training and robust ones in adversarial training; of real images robust features are the stronger and sparser ones',
  source: 'arXiv 2410.08503, open questions on deeper networks and on the features of real data',
  presets: depthPresets,
  defaultSeeds: { smoke: 2, quick: 3, full: 3 },

  async run(context) {
    const { preset, report } = context
    requireKnownPatches(preset.patches.distribution, 'patches.distribution')
    const outcomes: ExperimentOutcome[] = [
      await patchNetworks({
        ...context,
        preset: preset.patches,
        report: (share, activity) => report(SHARE_OF_PATCHES * share, activity),
      }),
    ]
    for (const [position, task] of preset.tasks.entries()) {
      const outcome = await imageNetworks({
        ...context,
        preset: task,
        report: (share, activity) =>
          report(
            SHARE_OF_PATCHES + ((1 - SHARE_OF_PATCHES) * (position + share)) / preset.tasks.length,
            activity,
          ),
      })
      outcomes.push(outcome)
    }
    return joinedOutcomes(outcomes)
  },
}
