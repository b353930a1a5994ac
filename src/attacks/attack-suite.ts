import { z } from 'zod'
import type { Features } from '../data/features.js'
import type { ImageData } from '../data/image-data.js'
import { requireFeatures } from '../data/require-features.js'
import { LayeredNetwork } from '../model/layered-network.js'
import { PatchNetwork } from '../model/patch-network.js'
import { RobustFeaturesError } from '../native/errors.js'
import { nonNegativeNumber, parseOptions, positiveInteger } from '../native/validation.js'
import type { Attack, ThreatModelOptions } from './attack.js'
import { featureAligned } from './feature-aligned.js'
import { pgd } from './gradient-ascent.js'
import { threatModelShape } from './threat-model.js'
import { transfer } from './transfer.js'

export const suiteSchema = z.strictObject({
  ...threatModelShape,
  steps: positiveInteger(1e6).default(50),
  restarts: positiveInteger(100000).default(2),
  surrogateSlope: nonNegativeNumber.default(0.05),
  transferFrom: z.instanceof(PatchNetwork, { error: 'a PatchNetwork' }).optional(),
})

/** Options of `attackSuite`. */
export interface AttackSuiteOptions extends ThreatModelOptions {
  /** K of PGD; default 50. */
  readonly steps?: number | undefined
  /** Starts of PGD; default 2. */
  readonly restarts?: number | undefined
  /** s of the PGD that takes max(σ′, s) for σ′; 0 for none of that kind; default 0.05. */
  readonly surrogateSlope?: number | undefined
  /** A network of another seed, trained the same way, that PGD is made against too; default: none. */
  readonly transferFrom?: PatchNetwork | undefined
}

export const imageSuiteSchema = suiteSchema
  .omit({ budget: true, bounds: true, surrogateSlope: true })
  .extend({ transferFrom: z.instanceof(LayeredNetwork, { error: 'a LayeredNetwork' }).optional() })

/** Options of `imageAttackSuite`. */
export interface ImageAttackSuiteOptions extends Pick<ThreatModelOptions, 'norm' | 'radius'> {
  /** K of PGD; default 50. */
  readonly steps?: number | undefined
  /** Starts of PGD; default 2. */
  readonly restarts?: number | undefined
  /** A network of another seed, trained the same way, that PGD is made against too; default: none. */
  readonly transferFrom?: LayeredNetwork | undefined
}

/**
 * Attacks that cover each other's blind spots: PGD on cross-entropy and on the margin, with the true derivative and
 * with a surrogate (a flat activation hides the first, a steep one the second), the feature-aligned attack where the
 * features are known, and the two of PGD on cross-entropy made against another network.
 *
 * @param features of the distribution; undefined for data whose features are unknown
 * @param options the threat model; `steps` (50) and `restarts` (2) of PGD, `surrogateSlope` (0.05), `transferFrom`: a
 *   network of another seed, trained the same way, for the same classes and dimension (default: none)
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function attackSuite(features: Features | undefined, options: AttackSuiteOptions): Attack[] {
  const { steps, restarts, surrogateSlope, transferFrom, ...threat } = parseOptions(
    suiteSchema,
    options,
    'attackSuite',
    'options',
  )
  if (features !== undefined && transferFrom !== undefined) requireFit(transferFrom, features)
  const slopes = surrogateSlope === 0 ? [0] : [0, surrogateSlope]
  const gradients = (['crossEntropy', 'margin'] as const).flatMap((loss) =>
    slopes.map((slope) => pgd({ ...threat, loss, steps, restarts, surrogateSlope: slope })),
  )
  const knowing =
    features === undefined || threat.bounds !== undefined ? [] : [featureAligned(features, threat)]
  const borrowed =
    transferFrom === undefined
      ? []
      : gradients.slice(0, slopes.length).map((attack) => transfer(transferFrom, attack))
  return [...gradients, ...knowing, ...borrowed]
}

/**
 * The suite for layered networks on images, whose features are unknown: PGD on cross-entropy and on the margin, one ball
 * for the image, pixels in [0, 1], and the first made against another network too.
 *
 * @param options `norm` (default `l2`), `radius` in units of [0, 1]; `steps` (50) and `restarts` (2) of PGD;
 *   `transferFrom`: a network of another seed, trained the same way (default: none)
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function imageAttackSuite(options: ImageAttackSuiteOptions): Attack<ImageData>[] {
  const { steps, restarts, transferFrom, ...ball } = parseOptions(
    imageSuiteSchema,
    options,
    'imageAttackSuite',
    'options',
  )
  const threat = { ...ball, budget: 'input', bounds: [0, 1] as [number, number] } as const
  const gradients = (['crossEntropy', 'margin'] as const).map((loss) =>
    pgd({ ...threat, loss, steps, restarts }),
  )
  const borrowed =
    transferFrom === undefined
      ? []
      : gradients.slice(0, 1).map((attack) => transfer<ImageData>(transferFrom, attack))
  return [...gradients, ...borrowed]
}

function requireFit(network: PatchNetwork, features: Features): void {
  requireFeatures(features, 'features')
  const { classes, dimension } = features
  if (network.dimension === dimension && network.classes >= classes) return
  throw new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected \`transferFrom\` to be a network of ${classes} classes and dimension ${dimension}, like the features, ` +
      `got ${network.classes} and ${network.dimension}.`,
  )
}
