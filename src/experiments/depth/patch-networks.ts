import { RobustFeaturesError } from '../../native/errors.js'
import { layeredAddon } from '../../native/layered-addon.js'
import { type Attempt, resultsOf, unlessDiverged } from '../divergence.js'
import type { ExperimentContext, ExperimentOutcome, RunFlag } from '../experiment.js'
import { patchDepthFigures } from '../figures/patch-depth-figures.js'
import { TRAININGS, type Training } from '../structured-data-sweep.js'
import { type PatchDepthPreset, type PatchDepthResult, patchDepthResult } from './patch-depth.js'
import { patchRecords } from './patch-records.js'
import { PATCH_DEPTHS, type PatchDepth } from './patch-stack.js'

const SKIPPED: RunFlag = {
  where: 'patches',
  name: 'data-set-skipped',
  message:
    'Nothing is said about networks on patches, for layered networks are not built here: `robust-features doctor` tells what is built.',
}

type Attempts = Record<PatchDepth, Record<Training, Attempt<PatchDepthResult>[]>>

/** Networks of one and of two layers on patches, trained both ways, where coefficients are exact. */
export async function patchNetworks(
  context: ExperimentContext<PatchDepthPreset>,
): Promise<ExperimentOutcome> {
  const { preset, seeds, report } = context
  const missing = whyMissing()
  if (missing !== undefined) {
    context.note(`Networks on patches are skipped. ${missing}`)
    return { records: [], flags: [SKIPPED], figures: [] }
  }
  const attempts: Attempts = {
    'one-layer': { standard: [], adversarial: [] },
    'two-layers': { standard: [], adversarial: [] },
  }
  const runs = seeds.flatMap((seed) =>
    PATCH_DEPTHS.flatMap((depth) => TRAININGS.map((training) => ({ seed, depth, training }))),
  )
  for (const [position, run] of runs.entries()) {
    const { seed, depth, training } = run
    const attempt = await unlessDiverged(`patches/seed-${seed}/${depth}/${training}`, () =>
      patchDepthResult(context, preset, run, (share) =>
        report((position + share) / runs.length, `patches, seed ${seed}, ${depth}, ${training}`),
      ),
    )
    attempts[depth][training].push(attempt)
  }
  const finished = (depth: PatchDepth) => ({
    standard: resultsOf(attempts[depth].standard),
    adversarial: resultsOf(attempts[depth].adversarial),
  })
  const results = { 'one-layer': finished('one-layer'), 'two-layers': finished('two-layers') }
  return {
    records: patchRecords(context, results),
    flags: runs.flatMap(({ seed, depth, training }) => {
      const attempt = attempts[depth][training][seeds.indexOf(seed)]
      return [...(attempt?.flags ?? []), ...(attempt?.result?.flags ?? [])]
    }),
    figures: patchDepthFigures(results),
  }
}

/** Why there are no layered networks here. */
function whyMissing(): string | undefined {
  try {
    layeredAddon()
    return undefined
  } catch (error) {
    if (error instanceof RobustFeaturesError && error.code === 'NATIVE_ADDON_UNAVAILABLE')
      return error.message
    throw error
  }
}
