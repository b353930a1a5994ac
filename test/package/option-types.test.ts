import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { imageSuiteSchema, suiteSchema } from '../../src/attacks/attack-suite.js'
import { featureAlignedShape } from '../../src/attacks/feature-aligned.js'
import { oneStepShape, pgdShape } from '../../src/attacks/gradient-ascent.js'
import { threatModelShape } from '../../src/attacks/threat-model.js'
import { augmentationSchema } from '../../src/data/images/augmentation.js'
import { loadImagesSchema } from '../../src/data/images/load-images.js'
import { patchDistributionShape } from '../../src/data/patch-distribution.js'
import { extractFeaturesSchema } from '../../src/features/feature-options.js'
import type * as library from '../../src/index.js'
import { initializeSchema } from '../../src/model/patch-network-options.js'
import { projectRoot } from '../helpers/run-node.js'

type Shape = Readonly<Record<string, z.ZodType>>
type Input<Fields extends Shape> = z.input<z.ZodObject<Fields>>
type Features = z.input<typeof extractFeaturesSchema>

/** Whether an option type has the names of its schema, and each option the same type but for `readonly` pairs. */
type Agrees<Options, Checked> = [keyof Options, Checked, Omit<Options, 'bounds'>] extends [
  keyof Checked,
  Options,
  Omit<Checked, 'bounds'>,
]
  ? [keyof Checked] extends [keyof Options]
    ? true
    : false
  : false

/** The compiler refuses `true` where a type and its schema differ. */
const agreement: {
  AttackSuiteOptions: Agrees<library.AttackSuiteOptions, z.input<typeof suiteSchema>>
  AugmentationOptions: Agrees<library.AugmentationOptions, z.input<typeof augmentationSchema>>
  FeatureAlignedOptions: Agrees<library.FeatureAlignedOptions, Input<typeof featureAlignedShape>>
  ImageAttackSuiteOptions: Agrees<library.ImageAttackSuiteOptions, z.input<typeof imageSuiteSchema>>
  LoadImagesOptions: Agrees<library.LoadImagesOptions, z.input<typeof loadImagesSchema>>
  MatchedFeatureOptions: Agrees<
    library.MatchedFeatureOptions,
    Extract<Features, { kind: 'robust' | 'non-robust' }>
  >
  OneStepOptions: Agrees<library.OneStepOptions, Input<typeof oneStepShape>>
  PatchDistributionOptions: Agrees<
    Omit<library.PatchDistributionOptions, 'seed'>,
    Input<typeof patchDistributionShape>
  >
  // An activation that its function makes is whole; files may leave its numbers out.
  PatchNetworkInitialization: Agrees<
    Omit<library.PatchNetworkInitialization, 'activation'>,
    Omit<z.input<typeof initializeSchema>, 'activation'>
  >
  PgdOptions: Agrees<library.PgdOptions, Input<typeof pgdShape>>
  TargetedFeatureOptions: Agrees<
    library.TargetedFeatureOptions,
    Extract<Features, { kind: 'targeted-random' | 'targeted-next' }>
  >
  ThreatModelOptions: Agrees<library.ThreatModelOptions, Input<typeof threatModelShape>>
} = {
  AttackSuiteOptions: true,
  AugmentationOptions: true,
  FeatureAlignedOptions: true,
  ImageAttackSuiteOptions: true,
  LoadImagesOptions: true,
  MatchedFeatureOptions: true,
  OneStepOptions: true,
  PatchDistributionOptions: true,
  PatchNetworkInitialization: true,
  PgdOptions: true,
  TargetedFeatureOptions: true,
  ThreatModelOptions: true,
}

const [matched, targeted] = extractFeaturesSchema.options
const shapes: Readonly<Record<keyof typeof agreement, Shape>> = {
  AttackSuiteOptions: suiteSchema.shape,
  AugmentationOptions: augmentationSchema.shape,
  FeatureAlignedOptions: featureAlignedShape,
  ImageAttackSuiteOptions: imageSuiteSchema.shape,
  LoadImagesOptions: loadImagesSchema.shape,
  MatchedFeatureOptions: matched.shape,
  OneStepOptions: oneStepShape,
  PatchDistributionOptions: patchDistributionShape,
  PatchNetworkInitialization: initializeSchema.shape,
  PgdOptions: pgdShape,
  TargetedFeatureOptions: targeted.shape,
  ThreatModelOptions: threatModelShape,
}

const surface = readFileSync(join(projectRoot, 'etc', 'api.md'), 'utf8')

/** The lines `name?: type; // default …` of an interface and of those it extends. */
function documentedDefaults(name: string): Map<string, string> {
  const [, parents = '', body = ''] =
    surface.match(new RegExp(`^interface ${name}(?: extends (.+))? \\{\n([^]*?)^\\}`, 'm')) ?? []
  const inherited = [...parents.matchAll(/\w+Options/g)].flatMap(([parent]) => [
    ...documentedDefaults(parent),
  ])
  const own = [...body.matchAll(/^ {2}readonly (\w+).*\/\/ default (.*)$/gm)]
  return new Map([
    ...inherited,
    ...own.map(([, option = '', text = '']): [string, string] => [option, text.replaceAll('`', '')]),
  ])
}

describe.each(Object.entries(shapes))('the docstrings of %s', (name, shape) => {
  it('name the defaults that hold', () => {
    const documented = documentedDefaults(name)
    const held = Object.keys(shape).flatMap((option) => {
      const usual: unknown = shape[option]?.safeParse(undefined).data
      return usual === undefined || typeof usual === 'object' ? [] : [[option, String(usual)]]
    })
    expect(held.map(([option]) => [option, documented.get(option as string)])).toEqual(held)
  })
})
