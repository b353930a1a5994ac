import { z } from 'zod'
import { PatchDistribution, type PatchDistributionOptions } from '../../data/patch-distribution.js'
import { parseOptions } from '../../native/validation.js'
import { withOption } from '../../sweeps/option-path.js'
import type { ConfigFiles } from '../config-files.js'
import { configuredTraining } from '../configured-training.js'
import { type Experiment, SCALES } from '../experiment.js'
import { presetSchema } from './preset-schema.js'

/** What a sweep varies: a training as `train` takes it, or an experiment's preset. */
export const baseSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('training'), config: z.record(z.string(), z.unknown()) }),
  z.strictObject({
    kind: z.literal('experiment'),
    experiment: z.string(),
    scale: z.enum(SCALES).default('quick'),
  }),
])

/** What a cell's program is given. */
export type CellConfig =
  | { readonly kind: 'training'; readonly config: unknown }
  | {
      readonly kind: 'experiment'
      readonly experiment: string
      readonly scale: (typeof SCALES)[number]
      readonly preset: object
      readonly seed: number
    }

/**
 * The base with the values of a design point and a seed, checked as far as that is possible without running it;
 * `identity` is what of it decides the result.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`; as `ConfigFiles.source`
 */
export async function cellConfig(
  base: z.output<typeof baseSchema>,
  { experiments, files }: { experiments: readonly Experiment[]; files: ConfigFiles },
  point: Readonly<Record<string, unknown>>,
  seed: number,
): Promise<{ config: CellConfig; identity: object }> {
  const vary = (options: unknown) =>
    Object.entries(point).reduce((varied, [path, value]) => withOption(varied, path, value), options)
  if (base.kind === 'training') {
    const { parsed, identity } = await configuredTraining({ ...Object(vary(base.config)), seed }, files)
    return { config: { kind: 'training', config: parsed }, identity: { kind: 'training', config: identity } }
  }
  const { scale } = base
  const experiment = experimentNamed(base.experiment, experiments)
  const preset = experiment.presets[scale]
  const schema = z.strictObject({ preset: presetSchema(preset) })
  const varied = parseOptions(schema, vary({ preset }), 'base').preset as object
  const { distribution } = varied as { distribution?: Omit<PatchDistributionOptions, 'seed'> }
  if (distribution !== undefined) new PatchDistribution({ ...distribution, seed })
  const config = { kind: 'experiment', experiment: experiment.id, scale, preset: varied, seed } as const
  return { config, identity: config }
}

/** @throws RobustFeaturesError `INVALID_ARGUMENT` with the nearest name when there is none */
export function experimentNamed(id: string, experiments: readonly Experiment[]): Experiment {
  const ids = z.strictObject({
    base: z.looseObject({ experiment: z.enum(experiments.map((experiment) => experiment.id)) }),
  })
  const { experiment } = parseOptions(ids, { base: { experiment: id } }, 'config').base
  return experiments.find((candidate) => candidate.id === experiment) as Experiment
}
