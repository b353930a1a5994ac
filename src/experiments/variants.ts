import type { PatchDistribution } from '../data/patch-distribution.js'
import type { Objective } from '../training/objective.js'
import type { ExperimentContext } from './experiment.js'
import { type StructuredDataResult, structuredDataRun } from './structured-data.js'
import type { StructuredDataPreset } from './structured-data-presets.js'

/** One of the trainings an experiment compares. */
export interface Variant {
  /** Distinct; names the training's folder. */
  readonly name: string
  /** Where it differs from the experiment's own. */
  readonly preset?: StructuredDataPreset
  objective(distribution: PatchDistribution): Objective
}

/** Trains and measures every variant for every seed; results in the order of the seeds. */
export async function runVariants<V extends Variant>(
  context: ExperimentContext<StructuredDataPreset>,
  variants: readonly V[],
): Promise<Map<V, StructuredDataResult[]>> {
  const results = new Map<V, StructuredDataResult[]>(variants.map((variant) => [variant, []]))
  const runs = context.seeds.flatMap((seed) => variants.map((variant) => ({ seed, variant })))
  for (const [position, { seed, variant }] of runs.entries()) {
    const { name, preset = context.preset } = variant
    const result = await structuredDataRun(
      { ...context, preset },
      seed,
      name,
      (distribution) => variant.objective(distribution),
      (share) => context.report((position + share) / runs.length, `seed ${seed}, ${name}`),
    )
    results.get(variant)?.push(result)
  }
  return results
}
