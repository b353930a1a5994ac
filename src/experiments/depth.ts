import { patchNetworks } from './depth/patch-networks.js'
import { type DepthPreset, depthPresets } from './depth-presets.js'
import type { Experiment } from './experiment.js'

/** What becomes of robust and non-robust features in networks of more than one layer of filters. */
export const depth: Experiment<DepthPreset> = {
  id: 'depth',
  title: 'Feature learning in deeper networks',
  claim:
    'Deeper networks too learn non-robust features in standard training and robust ones in adversarial training',
  source: 'arXiv 2410.08503, open question on deeper networks',
  presets: depthPresets,
  defaultSeeds: { smoke: 2, quick: 3, full: 10 },

  async run(context) {
    const { preset } = context
    return patchNetworks({ ...context, preset: preset.patches })
  },
}
