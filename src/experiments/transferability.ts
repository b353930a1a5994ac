import { setRecords } from './constructed-sets.js'
import type { Experiment, ExperimentContext, ExperimentOutcome } from './experiment.js'
import { constructedSetFigure } from './figures/constructed-set-figure.js'
import { transferFigures } from './figures/transfer-figures.js'
import { joinedOutcomes } from './joined-outcomes.js'
import { requireKnownPatches } from './known-patches.js'
import { requireTransferable } from './transferability-check.js'
import { imageTransfer } from './transferability-images.js'
import {
  type TransferabilityPreset,
  type TransferTask,
  transferabilityPresets,
} from './transferability-presets.js'
import { transferRecords } from './transferability-records.js'
import { structuredTransfer } from './transferability-structured.js'

const ID = 'transferability'
const SOURCE = 'arXiv 2410.08503, transfer of adversarial examples'

/** Of the time, as measured at scale `quick` on two cores; images take the rest. */
const SHARE_OF_STRUCTURED = 0.05

/** Whose adversarial examples fool whom. */
export const transferability: Experiment<TransferabilityPreset> = {
  id: ID,
  title: 'Which adversarial examples transfer',
  claim:
    'Adversarial examples built on non-robust features transfer to standard-trained networks more than those built on robust ones',
  source: SOURCE,
  presets: transferabilityPresets,
  defaultSeeds: { smoke: 2, quick: 3, full: 3 },

  async run(context) {
    const { images, structured } = context.preset
    requireTransferable(context.preset)
    requireKnownPatches(structured.distribution, 'structured.distribution')
    const outcomes = [await structuredOutcome(context)]
    for (const [position, task] of images.entries()) {
      const report: typeof context.report = (share, activity) => {
        const before = SHARE_OF_STRUCTURED + ((1 - SHARE_OF_STRUCTURED) * position) / images.length
        const own = ((1 - SHARE_OF_STRUCTURED) * share) / images.length
        context.report(before + own, `${task.dataset}, ${activity}`)
      }
      outcomes.push(await imageOutcome({ ...context, report }, task))
    }
    return joinedOutcomes(outcomes)
  },
}

type Context = ExperimentContext<TransferabilityPreset>

async function structuredOutcome(context: Context): Promise<ExperimentOutcome> {
  const { structured } = context.preset
  const { radius, criteria } = structured
  const { results, flags } = await structuredTransfer({
    ...context,
    preset: structured,
    report: (share, activity) => context.report(SHARE_OF_STRUCTURED * share, `structured, ${activity}`),
  })
  const common = {
    experiment: ID,
    source: SOURCE,
    reported: null,
    config: { ...structured },
    seeds: context.seeds,
  }
  return {
    records: transferRecords(results, { prefix: `${ID}/structured`, radius, criteria, common }),
    flags,
    figures: transferFigures(results, {
      id: 'structured',
      data: 'structured data',
      radius,
      ball: 'the ℓ2 ball of a patch',
    }),
  }
}

/** Only flags where the images cannot be had. */
async function imageOutcome(context: Context, task: TransferTask): Promise<ExperimentOutcome> {
  const { used, results, sets, grids, flags } = await imageTransfer(context, task)
  if (used === undefined) return { records: [], flags, figures: [] }
  const { dataset, radius, criteria } = task
  const config = { ...task, ...used }
  const common = { experiment: ID, source: SOURCE, reported: null, config, seeds: context.seeds }
  return {
    records: [
      ...transferRecords(results, {
        prefix: `${ID}/${dataset}`,
        radius,
        criteria,
        common: { ...common, dataset },
      }),
      ...setRecords(task, sets, common),
    ],
    flags,
    figures: [
      ...transferFigures(results, {
        id: dataset,
        data: dataset,
        radius,
        ball: 'the ℓ∞ ball of an image, pixels in [0, 1]',
      }),
      constructedSetFigure(task, sets),
    ],
    grids,
  }
}
