import { z } from 'zod'
import { RobustFeaturesError } from '../../native/errors.js'
import { parseOptions, positiveInteger, seed } from '../../native/validation.js'
import { cellLabel, createCell, type SweepCell } from '../../sweeps/cell.js'
import { type DesignPoint, designPoints, designSchema, parametersSchema } from '../../sweeps/design.js'
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
 * @param versions of engine and data format; part of every cell's hash
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`, naming the cell where it is about one
 */
export function planSweep(
  config: unknown,
  experiments: readonly Experiment[],
  versions: Readonly<Record<string, unknown>>,
): SweepPlan {
  const parsed = parseOptions(sweepConfigSchema, config, 'config')
  const { base, design, parameters } = parsed
  if (base.kind === 'training' && Object.hasOwn(parameters, 'seed')) throw seedAsParameter()
  const points = designPoints(design, parameters)
  const seeds = seedsOf(parsed)
  if (points.length * seeds.length > MAXIMUM_CELLS) throw tooManyCells(points.length * seeds.length)
  const cells = new Map<string, SweepCell>()
  for (const point of points) {
    for (const cellSeed of seeds) {
      const cell = createCell(point, cellSeed, {
        ...checked(point, cellSeed, () => cellConfig(base, experiments, point, cellSeed)),
        ...versions,
      })
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

/** Says of which cell an error is. */
function checked<Result>(parameters: DesignPoint, seed: number, action: () => Result): Result {
  try {
    return action()
  } catch (error) {
    if (!(error instanceof RobustFeaturesError)) throw error
    const { code, message } = error
    const cell = cellLabel({ parameters, seed })
    throw new RobustFeaturesError(code, `In the cell ${cell}: ${message}`, { cause: error })
  }
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
