import type { Experiment } from './experiment.js'
import { transferFigures } from './figures/transfer-figures.js'
import { type TransferabilityPreset, transferabilityPresets } from './transferability-presets.js'
import { transferRecords } from './transferability-records.js'
import { structuredTransfer } from './transferability-structured.js'

/** Whose adversarial examples fool whom. */
export const transferability: Experiment<TransferabilityPreset> = {
  id: 'transferability',
  title: 'Which adversarial examples transfer',
  claim:
    'Adversarial examples built on non-robust features transfer to standard-trained networks more than those built on robust ones',
  source: 'arXiv 2410.08503, transfer of adversarial examples',
  presets: transferabilityPresets,
  defaultSeeds: { smoke: 2, quick: 3, full: 10 },

  async run(context) {
    const { structured } = context.preset
    const { radius, criteria } = structured
    const { results, flags } = await structuredTransfer({ ...context, preset: structured })
    const { id: experiment, source } = transferability
    return {
      records: transferRecords(results, {
        prefix: `${experiment}/structured`,
        radius,
        criteria,
        common: { experiment, source, reported: null, config: { ...structured }, seeds: context.seeds },
      }),
      flags,
      figures: transferFigures(results, {
        id: 'structured',
        data: 'structured data',
        radius,
        ball: 'the ℓ2 ball of a patch',
      }),
    }
  },
}
