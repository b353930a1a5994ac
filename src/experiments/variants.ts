import type { PatchDistribution } from '../data/patch-distribution.js'
import type { Objective } from '../training/objective.js'
import { unlessDiverged } from './divergence.js'
import type { ExperimentContext, RunFlag } from './experiment.js'
import { noteLoneSeed, type StructuredDataResult, structuredDataRun } from './structured-data.js'
import type { StructuredDataPreset } from './structured-data-presets.js'

/** One of the trainings an experiment compares. */
export interface Variant {
  /** Distinct; names the training's folder. */
  readonly name: string
  /** Where it differs from the experiment's own. */
  readonly preset?: StructuredDataPreset
  objective(distribution: PatchDistribution): Objective
}

export interface VariantRuns<V> {
  /** In the order of the seeds, without those that diverged. */
  readonly results: ReadonlyMap<V, readonly StructuredDataResult[]>
  readonly flags: readonly RunFlag[]
}

/** The results of the seeds that no variant lost, for comparisons seed by seed. */
export function completeSeeds<V>({ results }: VariantRuns<V>): Map<V, readonly StructuredDataResult[]> {
  const lists = [...results.values()]
  const complete = (wanted: number) => lists.every((list) => list.some(({ seed }) => seed === wanted))
  return new Map([...results].map(([variant, list]) => [variant, list.filter(({ seed }) => complete(seed))]))
}

/** Trains and measures every variant for every seed. */
export async function runVariants<V extends Variant>(
  context: ExperimentContext<StructuredDataPreset>,
  variants: readonly V[],
): Promise<VariantRuns<V>> {
  noteLoneSeed(context)
  const flags: RunFlag[] = []
  const results = new Map<V, StructuredDataResult[]>(variants.map((variant) => [variant, []]))
  const runs = context.seeds.flatMap((seed) => variants.map((variant) => ({ seed, variant })))
  for (const [position, { seed, variant }] of runs.entries()) {
    const { name, preset = context.preset } = variant
    const attempt = await unlessDiverged(`seed-${seed}/${name}`, () =>
      structuredDataRun(
        { ...context, preset },
        seed,
        name,
        (distribution) => variant.objective(distribution),
        (share) => context.report((position + share) / runs.length, `seed ${seed}, ${name}`),
      ),
    )
    flags.push(...attempt.flags, ...(attempt.result?.flags ?? []))
    if (attempt.result !== undefined) results.get(variant)?.push(attempt.result)
  }
  return { results, flags }
}
