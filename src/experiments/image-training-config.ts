import { z } from 'zod'
import type { Attack } from '../attacks/attack.js'
import { attackFromConfig } from '../attacks/attack-config.js'
import { imageAttackSuite } from '../attacks/attack-suite.js'
import { imageAttack } from '../attacks/image-attack.js'
import type { ImageData } from '../data/image-data.js'
import { isDataSetName } from '../data/images/image-source.js'
import type { DataSetName } from '../data/images/sets/registry.js'
import { describeValue } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'
import { nonNegativeInteger, parseOptions, positiveInteger, seed } from '../native/validation.js'
import { adversarial, type Objective, standard } from '../training/objective.js'
import { optimizerConfigSchema } from '../training/optimizer.js'
import { learningRateConfigSchema } from '../training/schedule.js'
import { type ConfigSource, configSource } from './config-files.js'
import { READY_NETWORKS } from './ready-networks.js'
import { attackList, objectiveConfigSchema } from './training-config.js'

/** A training of a layered network on real images as a file describes it. */
export const imageTrainingConfigSchema = z.strictObject({
  data: z.strictObject({
    kind: z.literal('images'),
    set: configSource.meta({
      description: 'trained on: the name of a public data set, or the path of a file or folder of images',
    }),
    testSet: configSource.optional().meta({
      description:
        'judged on; default: the test images of `set`, or of a path `testImages` of its images, set apart at random',
    }),
    directory: z.string().optional().meta({ description: 'folder of public files, or of data sets by name' }),
    verify: z.boolean().default(true).meta({ description: 'refuse images that are not the official ones' }),
    trainingImages: positiveInteger().optional().meta({ description: 'the first ones; default: all' }),
    testImages: positiveInteger().optional().meta({
      description:
        'the first ones; default: all; of a path without `testSet` those set apart at random, to be given',
    }),
  }),
  network: z.strictObject({
    kind: z.enum(READY_NETWORKS),
    normalization: z
      .strictObject({ mean: z.array(z.number()), deviation: z.array(z.number()) })
      .optional()
      .meta({ description: 'of the input, by channel; default: none' }),
  }),
  objective: objectiveConfigSchema,
  training: z.strictObject({
    learningRate: learningRateConfigSchema,
    epochs: positiveInteger(1e6),
    batchSize: positiveInteger().default(128),
    optimizer: optimizerConfigSchema.default({ kind: 'sgd', momentum: 0, nesterov: false, weightDecay: 0 }),
    augmentation: z
      .strictObject({ padding: nonNegativeInteger(1024).default(0), flip: z.boolean().default(false) })
      .default({ padding: 0, flip: false }),
  }),
  evaluation: z
    .strictObject({
      attacks: attackList.optional(),
      stopWhenFooled: z
        .boolean()
        .default(true)
        .meta({ description: 'end an image at its first wrong class' }),
    })
    .default({ stopWhenFooled: true }),
  seed: seed.default(1),
})

/** With its defaults. */
export type CheckedImageTrainingConfig = z.output<typeof imageTrainingConfigSchema>

/** Whether a configuration means to be of this kind. */
export function isAboutImages(config: unknown): boolean {
  return Object(Object(config).data).kind === 'images'
}

/**
 * A configuration with its defaults, checked as far as it can be without data.
 *
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function checkedImageTrainingConfig(config: unknown): CheckedImageTrainingConfig {
  const parsed = parseOptions(imageTrainingConfigSchema, config, 'config')
  requireTestImages(parsed)
  refuseOptionsOfPublicImages(parsed)
  imageObjective(parsed)
  imageEvaluationAttacks(parsed)
  return parsed
}

/** Of images without parts nothing is left for a test unless it is said how many. */
function requireTestImages({ data: { set, testSet, testImages } }: CheckedImageTrainingConfig): void {
  if (testSet !== undefined || testImages !== undefined || isPublic(set)) return
  throw new RobustFeaturesError(
    'INVALID_ARGUMENT',
    'Expected `data.testSet`, or `data.testImages` to set apart, for a path in `data.set`, got neither.',
  )
}

/** Of paths alone they would not reach anything. */
function refuseOptionsOfPublicImages({ data }: CheckedImageTrainingConfig): void {
  const { set, testSet = set, directory, verify } = data
  if (isPublic(set) || isPublic(testSet) || (directory === undefined && verify)) return
  const [name, found] = directory === undefined ? ['verify', verify] : ['directory', directory]
  throw new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected \`data.${name}\` to be left out where no images are those of a public data set, got ${describeValue(found)}.`,
  )
}

/** Whether images are those of a public data set. */
export function isPublic(source: ConfigSource): source is DataSetName {
  return typeof source === 'string' && isDataSetName(source)
}

/** What is trained on. */
export function imageObjective({ objective }: CheckedImageTrainingConfig): Objective {
  if (objective.kind === 'standard') return standard()
  const attacks = objective.attacks.map((attack) => imageAttack(attackFromConfig(attack, undefined)))
  return adversarial(attacks, { cleanWeight: objective.cleanWeight })
}

/** The configured attacks; else the suite at the objective's norm and radius; none for standard training. */
export function imageEvaluationAttacks({
  objective,
  evaluation,
}: CheckedImageTrainingConfig): Attack<ImageData>[] {
  if (evaluation.attacks !== undefined)
    return evaluation.attacks.map((attack) => imageAttack(attackFromConfig(attack, undefined)))
  if (objective.kind === 'standard') return []
  return objective.attacks.slice(0, 1).flatMap((attack) => {
    const { norm, radius } = attackFromConfig(attack, undefined)
    return imageAttackSuite({ norm, radius })
  })
}
