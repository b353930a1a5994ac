import { z } from 'zod'
import { certifySchema } from '../analysis/certify.js'
import type { Attack } from '../attacks/attack.js'
import { attackConfigSchema, attackFromConfig } from '../attacks/attack-config.js'
import { attackSuite } from '../attacks/attack-suite.js'
import type { Features } from '../data/features.js'
import { PatchDistribution, patchDistributionShape } from '../data/patch-distribution.js'
import { patchNetworkShape } from '../model/patch-network-options.js'
import { RobustFeaturesError } from '../native/errors.js'
import { fraction, nonNegativeNumber, parseOptions, positiveInteger, seed } from '../native/validation.js'
import { adversarial, type Objective, standard } from '../training/objective.js'
import { belowOne } from '../training/optimizer.js'
import { learningRateConfigSchema } from '../training/schedule.js'
import { MAXIMUM_ITERATIONS } from '../training/train-options.js'

const dataSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('patchDistribution'),
    ...patchDistributionShape,
    samples: positiveInteger().meta({ description: 'training samples' }),
    testSamples: positiveInteger().default(500).meta({ description: 'test samples' }),
  }),
  z.strictObject({
    kind: z.literal('mnist'),
    directory: z.string().optional().meta({ description: 'folder with the IDX files' }),
    trainingImages: positiveInteger(60000).default(60000),
    testImages: positiveInteger(10000).default(10000),
    window: positiveInteger(28).default(28).meta({ description: 'side of a patch in pixels' }),
    stride: positiveInteger(28).optional().meta({ description: 'distance of patches; default: the window' }),
  }),
])

const { filtersPerClass, activation } = patchNetworkShape
export const attackList = z.array(attackConfigSchema).min(1, { error: 'a list of at least one attack' })

/** What is trained on, as a file describes it. */
export const objectiveConfigSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('standard') }),
    z.strictObject({
      kind: z.literal('adversarial'),
      attacks: attackList,
      cleanWeight: fraction.default(0),
    }),
  ])
  .default({ kind: 'standard' })

/** A training of a patch network as a file describes it. */
export const trainingConfigSchema = z.strictObject({
  data: dataSchema,
  network: z.strictObject({
    filtersPerClass,
    activation,
    initialScale: nonNegativeNumber.default(0.01),
    precision: z.enum(['float32', 'float64']).default('float32'),
  }),
  objective: objectiveConfigSchema,
  training: z.strictObject({
    learningRate: learningRateConfigSchema,
    iterations: positiveInteger(MAXIMUM_ITERATIONS),
    momentum: belowOne.default(0),
    batchSize: positiveInteger().optional(),
    recordEvery: positiveInteger().default(10),
  }),
  evaluation: z
    .strictObject({ attacks: attackList.optional(), certify: certifySchema.optional() })
    .optional(),
  seed: seed.default(1),
})

export type TrainingConfig = z.input<typeof trainingConfigSchema>
/** With its defaults. */
export type CheckedTrainingConfig = z.output<typeof trainingConfigSchema>
export type DistributionConfig = Extract<CheckedTrainingConfig['data'], { kind: 'patchDistribution' }>

/**
 * A configuration with its defaults, checked as far as it can be without data.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function checkedTrainingConfig(config: unknown): CheckedTrainingConfig {
  const parsed = parseOptions(trainingConfigSchema, config, 'config')
  const { data, seed } = parsed
  const features = data.kind === 'patchDistribution' ? distributionOf(data, seed) : undefined
  requireCertifiable(parsed)
  toObjective(parsed, features)
  evaluationAttacks(parsed, features)
  return parsed
}

/** The distribution that the data are of. */
export function distributionOf(
  { kind: _, samples: __, testSamples: ___, ...shape }: DistributionConfig,
  seed: number,
): PatchDistribution {
  return new PatchDistribution({ ...shape, seed })
}

/** What is trained on. */
export function toObjective(
  { objective }: Pick<CheckedTrainingConfig, 'objective'>,
  features: Features | undefined,
): Objective {
  if (objective.kind === 'standard') return standard()
  const attacks = objective.attacks.map((attack) => attackFromConfig(attack, features))
  return adversarial(attacks, { cleanWeight: objective.cleanWeight })
}

/** The configured attacks; else the suite in the objective's threat model; none for standard training. */
export function evaluationAttacks(
  { objective, evaluation }: CheckedTrainingConfig,
  features: Features | undefined,
): Attack[] {
  if (evaluation?.attacks !== undefined)
    return evaluation.attacks.map((attack) => attackFromConfig(attack, features))
  if (objective.kind === 'standard') return []
  const [first] = objective.attacks.map((attack) => attackFromConfig(attack, features))
  if (first === undefined)
    throw new RobustFeaturesError('INVALID_ARGUMENT', 'Expected `objective.attacks`, got none.')
  const { norm, radius, budget, bounds } = first
  return attackSuite(features, {
    norm,
    radius,
    budget,
    ...(bounds === undefined ? {} : { bounds: [bounds[0], bounds[1]] as [number, number] }),
  })
}

/** A certificate needs a ball to speak of, and patches that are perturbed independently. */
function requireCertifiable({ data, objective, evaluation }: CheckedTrainingConfig): void {
  if (evaluation?.certify === undefined || evaluation.certify === false) return
  if (objective.kind === 'standard' && evaluation.attacks === undefined)
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      'Expected `evaluation.attacks` to state what to certify against after standard training, got nothing.',
    )
  if (data.kind === 'mnist' && data.stride !== undefined && data.stride < data.window)
    throw new RobustFeaturesError(
      'INVALID_ARGUMENT',
      `Expected \`data.stride\` to be at least \`data.window\` for a certificate, got ${data.stride} and ${data.window}.`,
    )
}
