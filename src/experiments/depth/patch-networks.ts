import { type Attempt, resultsOf, unlessDiverged } from '../divergence.js'
import type { ExperimentContext, ExperimentOutcome } from '../experiment.js'
import { patchDepthFigures } from '../figures/patch-depth-figures.js'
import { TRAININGS, type Training } from '../structured-data-sweep.js'
import { type PatchDepthPreset, type PatchDepthResult, patchDepthResult } from './patch-depth.js'
import { patchRecords } from './patch-records.js'
import { PATCH_DEPTHS, type PatchDepth } from './patch-stack.js'

type Attempts = Record<PatchDepth, Record<Training, Attempt<PatchDepthResult>[]>>

/** Networks of one and of two layers on patches, trained both ways, where coefficients are exact. */
export async function patchNetworks(
  context: ExperimentContext<PatchDepthPreset>,
): Promise<ExperimentOutcome> {
  const { preset, seeds, report } = context
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
