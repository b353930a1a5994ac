import { z } from 'zod'
import { inlineText } from '../../native/describe.js'
import { RobustFeaturesError } from '../../native/errors.js'
import { parseOptions, positiveInteger, seed } from '../../native/validation.js'
import { createCell, parametersLabel, type SweepCell } from '../../sweeps/cell.js'
import { type DesignPoint, designPoints, designSchema, parametersSchema } from '../../sweeps/design.js'
import type { ConfigFiles } from '../config-files.js'
import type { Experiment } from '../experiment.js'
import { baseSchema, cellConfig } from './base.js'

const NAME = 'a name of lower-case letters, digits and hyphens'
const MAXIMUM_CELLS = 1_000_000

/** A sweep as a file describes it. */
export const sweepConfigSchema = z.strictObject({
  name: z.string({ error: NAME }).regex(/^[a-z0-9][a-z0-9-]{0,60}$/, { error: NAME }),
  base: baseSchema,
  design: designSchema.default({ kind: 'grid' }),
  parameters: parametersSchema,
  seeds: z
    .union([
      positiveInteger(10000),
      z
        .array(seed)
        .min(1)
        .refine((list) => new Set(list).size === list.length, { error: 'a list of different seeds' }),
    ])
    .default(1)
    .meta({ description: 'how many, from the base’s own seed (default 1) on, or which' }),
})

export type SweepConfig = z.input<typeof sweepConfigSchema>

export interface SweepPlan {
  readonly config: z.output<typeof sweepConfigSchema>
  readonly cells: readonly SweepCell[]
}

/**
 * The cells of a sweep: every design point with every seed. Each is checked here, before anything runs. Points that are
 * drawn twice are one cell.
 *
 * @param given `files` finds the paths of the configuration; `versions` of engine and data format are part of every
 *   cell's hash
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`, naming the parameters, or the base, that it is
 *   about; as `ConfigFiles.source`
 */
export async function planSweep(
  config: unknown,
  given: {
    readonly experiments: readonly Experiment[]
    readonly files: ConfigFiles
    readonly versions: Readonly<Record<string, unknown>>
  },
): Promise<SweepPlan> {
  const parsed = parseOptions(sweepConfigSchema, config, 'config')
  const { base, design, parameters } = parsed
  if (base.kind === 'training' && Object.hasOwn(parameters, 'seed')) throw seedAsParameter()
  const points = designPoints(design, parameters)
  const seeds = seedsOf(parsed)
  if (points.length * seeds.length > MAXIMUM_CELLS) throw tooManyCells(points.length * seeds.length)
  const cells = new Map<string, SweepCell>()
  for (const point of points) {
    for (const cellSeed of seeds) {
      const { config, identity } = await checked(point, (part) => cellConfig(base, given, part, cellSeed))
      const { versions } = given
      const cell = createCell(point, cellSeed, { ...config, ...versions }, { ...identity, ...versions })
      cells.set(cell.id, cell)
    }
  }
  return { config: parsed, cells: [...cells.values()] }
}

function seedsOf({ base, seeds }: z.output<typeof sweepConfigSchema>): readonly number[] {
  if (typeof seeds !== 'number') return seeds
  const own = base.kind === 'training' ? base.config.seed : undefined
  const first = parseOptions(z.strictObject({ seed: seed.default(1) }), { seed: own }, 'base.config').seed
  return Array.from({ length: seeds }, (_, index) => first + index)
}

/** Says of an error which parameters it is about, by their values. */
async function checked<Result>(
  point: DesignPoint,
  configure: (point: DesignPoint) => Promise<Result>,
): Promise<Result> {
  try {
    return await configure(point)
  } catch (error) {
    if (!(error instanceof RobustFeaturesError)) throw error
    const { code, message } = error
    const parameters = await parametersAtFault(point, configure, message)
    if (Object.keys(parameters).length === 0)
      throw new RobustFeaturesError(code, `In \`base\`: ${message}`, { cause: error })
    const values = inlineText(parametersLabel(parameters))
    throw new RobustFeaturesError(code, `With ${values}: ${message}`, { cause: error })
  }
}

/** Those without which the check would not fail as it does; none where the base alone is at fault. */
async function parametersAtFault(
  point: DesignPoint,
  configure: (point: DesignPoint) => Promise<unknown>,
  message: string,
): Promise<DesignPoint> {
  const failsTheSame = (part: DesignPoint) =>
    configure(part).then(
      () => false,
      (error) => error instanceof RobustFeaturesError && error.message === message,
    )
  let left = point
  for (const name of Object.keys(point)) {
    const { [name]: _, ...others } = left
    if (await failsTheSame(others)) left = others
  }
  return left
}

function seedAsParameter(): RobustFeaturesError {
  return new RobustFeaturesError(
    'INVALID_ARGUMENT',
    'Expected `parameters` to leave the seed to `seeds`, got `seed`.',
  )
}

function tooManyCells(count: number): RobustFeaturesError {
  const message = `Expected points times seeds to be at most ${MAXIMUM_CELLS} cells, got ${count}.`
  return new RobustFeaturesError('INVALID_ARGUMENT', message)
}
