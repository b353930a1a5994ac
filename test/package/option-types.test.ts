import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { publicDeclarations } from '../../scripts/public-surface/declarations.mjs'
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
import { compile } from '../helpers/compile.js'
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

type Declared = readonly [name: string, text: string]

/** Optional members of options, and of parameters written out, that refuse `undefined`, as `Options.name`. */
function strictlyOptional([name, text]: Declared): string[] {
  const found: string[] = []
  const visit = (node: ts.Node, within: string | undefined): void => {
    const here = ts.isParameter(node) ? `${name}(${node.name.getText()})` : within
    if (here !== undefined && ts.isPropertySignature(node) && node.questionToken !== undefined) {
      const types = node.type !== undefined && ts.isUnionTypeNode(node.type) ? node.type.types : []
      if (!types.some(({ kind }) => kind === ts.SyntaxKind.UndefinedKeyword))
        found.push(`${here}.${node.name.getText()}`)
    }
    ts.forEachChild(node, (child) => visit(child, here))
  }
  const file = ts.createSourceFile('declaration.d.ts', text, ts.ScriptTarget.Latest, true)
  visit(file, /(Options|Initialization)$/.test(name) ? name : undefined)
  return found
}

describe('options that may be left out', () => {
  it('may be undefined, for callers with exactOptionalPropertyTypes', () => {
    const { exported, behind } = publicDeclarations(join(projectRoot, 'dist', 'index.d.ts'))
    expect([...exported, ...behind].flatMap(strictlyOptional)).toEqual([])
  })

  it('are found where they may not', () => {
    const found = (name: string, text: string) => strictlyOptional([name, text])
    expect(found('SomeOptions', 'interface SomeOptions { a?: number; b?: 1 | undefined }')).toEqual([
      'SomeOptions.a',
    ])
    expect(found('some', 'function some(options?: { a?: { b?: number } | undefined }): void')).toEqual([
      'some(options).b',
    ])
    expect(found('Result', 'interface Result { a?: number }')).toEqual([])
  })
})

it('programs hand on histories, and options that may be undefined', async () => {
  const program = `
    import { historyToCsv, learnedFeatures, PatchDistribution, PatchNetwork, readHistory, standard, train } from 'robust-features'
    import type { TrainOptions } from 'robust-features'

    const distribution = new PatchDistribution({
      classes: 2, dimension: 4, robustPatches: 1, nonRobustPatches: 1, robustStrength: 1, nonRobustStrength: 1,
    })
    const network = PatchNetwork.initialize({ classes: 2, dimension: 4, filtersPerClass: 1 })
    export async function trained(batchSize: TrainOptions['batchSize'], every: number | undefined, stream?: string) {
      const data = await distribution.sample(4, { stream })
      const { history } = await train(network, data, {
        objective: standard(), learningRate: 0.1, iterations: 2, batchSize, record: { every },
      }).finished
      const kept = await readHistory('history.jsonl')
      const learned = kept.map(({ coefficients }) => coefficients && learnedFeatures(coefficients, 2))
      return [historyToCsv(history), historyToCsv(kept), historyToCsv([{ iteration: 0, loss: 1 }]), learned]
    }
  `
  const found = await compile([program], ['--exactOptionalPropertyTypes'])
  expect(found).toEqual({ exitCode: 0, stdout: '' })
})
