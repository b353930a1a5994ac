import { z } from 'zod'
import type { Features } from '../data/features.js'
import { nonNegativeNumber, parseOptions, positiveInteger } from '../native/validation.js'
import type { Attack } from './attack.js'
import { featureAligned } from './feature-aligned.js'
import { pgd } from './gradient-ascent.js'
import { threatModelShape } from './threat-model.js'

const suiteSchema = z.strictObject({
  ...threatModelShape,
  steps: positiveInteger(1e6).default(50),
  restarts: positiveInteger(100000).default(2),
  surrogateSlope: nonNegativeNumber.default(0.05),
})

export type AttackSuiteOptions = z.input<typeof suiteSchema>

/**
 * Attacks that cover each other's blind spots: PGD on cross-entropy and on the margin, with the true derivative and
 * with a surrogate (a flat activation hides the first, a steep one the second), and the feature-aligned attack where
 * the features are known.
 *
 * @param features of the distribution; undefined for data whose features are unknown
 * @param options the threat model; `steps` (50) and `restarts` (2) of PGD, `surrogateSlope` (0.05)
 * @throws RobustFeaturesError `INVALID_ARGUMENT` or `UNKNOWN_OPTION`
 */
export function attackSuite(features: Features | undefined, options: AttackSuiteOptions): Attack[] {
  const { steps, restarts, surrogateSlope, ...threat } = parseOptions(suiteSchema, options, 'attackSuite')
  const slopes = surrogateSlope === 0 ? [0] : [0, surrogateSlope]
  const gradients = (['crossEntropy', 'margin'] as const).flatMap((loss) =>
    slopes.map((slope) => pgd({ ...threat, loss, steps, restarts, surrogateSlope: slope })),
  )
  if (features === undefined || threat.bounds !== undefined) return gradients
  return [...gradients, featureAligned(features, threat)]
}
