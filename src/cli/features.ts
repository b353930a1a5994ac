import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { type RobustnessFlag, radiusFlag } from '../analysis/robustness-flags.js'
import { radiusWarning } from '../attacks/radius-warning.js'
import { writeFileAtomically } from '../data/atomic-file.js'
import type { ImageDataset } from '../data/images/image-dataset.js'
import { SPLITS } from '../data/images/sets/data-set.js'
import { classNamesOf } from '../data/images/sets/registry.js'
import type { FeatureConstruction } from '../features/construction.js'
import { extractFeatures } from '../features/extract-features.js'
import {
  type ExtractFeaturesOptions,
  FEATURE_KINDS,
  type FeatureKind,
  optionsOfOtherKinds,
  STARTS,
} from '../features/feature-options.js'
import type { FeatureSet } from '../features/feature-set.js'
import { siblingSets } from '../features/sibling-sets.js'
import { LayeredNetwork } from '../model/layered-network.js'
import { describeValue, inlineText } from '../native/describe.js'
import { RobustFeaturesError } from '../native/errors.js'
import { positiveInteger, positiveNumber } from '../native/validation.js'
import {
  imageSourceHelp,
  imageSourceOption,
  imagesOf,
  imagesShape,
  PUBLIC_DATA_NAMES,
} from './data/images.js'
import { dataDirectoryFlag } from './data/options.js'
import { flagLine } from './flag-lines.js'
import { interruptible } from './interruption.js'
import {
  fractionOption,
  namedAsTyped,
  numberOption,
  optionName,
  parseCommandOptions,
  seedOption,
  threadsOption,
} from './options.js'
import { Progress } from './progress.js'

const SHEET = 'sheet.png'

const optionsShape = {
  data: imageSourceOption,
  ...imagesShape,
  kind: z.enum(FEATURE_KINDS),
  out: z.string(),
  steps: numberOption(positiveInteger(1e6)).optional(),
  stepSize: fractionOption(positiveNumber).optional(),
  radius: fractionOption(positiveNumber).optional(),
  norm: z.enum(['l2', 'linf']).optional(),
  start: z.enum(STARTS).optional(),
  layer: z.string().optional(),
  seed: seedOption,
  threads: threadsOption,
  json: z.boolean().default(false),
  quiet: z.boolean().default(false),
}

export function featuresCommand(): Command {
  return new Command('features')
    .description(
      'Construct images that have only the features a network uses; interrupted runs are continued.',
    )
    .argument('<model>', 'network of layers, as `save` writes it (.safetensors)')
    .requiredOption('--data <set>', `the originals: ${imageSourceHelp}`)
    .requiredOption('--kind <kind>', `one of ${FEATURE_KINDS.join(', ')}`)
    .requiredOption('--out <directory>', 'gets a folder for each kind, and a contact sheet of all')
    .option('--split <split>', `of a public data set: ${SPLITS.join(' or ')} (default: train)`)
    .option('--images <n>', 'the first n of the originals (default: all)')
    .option('--steps <n>', 'steps of every image (default: 100)')
    .option('--step-size <length>', 'of a step (default: 0.5; targeted kinds: 2.5 radius / steps)')
    .option(
      '--radius <length>',
      'of targeted kinds: how far an image in [0, 1] is moved; also 8/255 (default: 0.5)',
    )
    .option('--norm <norm>', 'of targeted kinds: l2 or linf (default: l2)')
    .option('--start <start>', `of the other kinds: ${STARTS.join(' or ')} (default: uniform)`)
    .option(
      '--layer <name>',
      'of the other kinds: whose values are matched (default: the last before the scores)',
    )
    .option('--seed <n>', 'of random starts and labels (default: 0)')
    .option('--threads <n>', 'native threads; results do not depend on it (default: all processors)')
    .option(...dataDirectoryFlag)
    .option('--no-verify', 'take other images than the official ones, too')
    .option('--json', 'print JSON')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      `
robust and non-robust are one construction: give it a network that was trained adversarially, or by standard training.

Examples:
  robust-features features robust.safetensors --data mnist --kind robust --images 1000 --out features
  robust-features features standard.safetensors --data mnist --kind non-robust --images 1000 --out features
  robust-features features standard.safetensors --data cifar10 --kind targeted-next --radius 0.5 --out features`,
    )
    .action(namedAsTyped(features, optionsShape, { ...PUBLIC_DATA_NAMES, network: '<model>' }))
}

async function features(model: string, given: Record<string, unknown>): Promise<void> {
  const options = parseCommandOptions(optionsShape, given)
  const { kind, quiet, json } = options
  requireOwnOptions(options)
  const out = resolve(options.out)
  const network = await LayeredNetwork.load(model)
  const originals = await imagesOf(options, 'train')
  const siblings = await siblingSets(out, kind, originals)
  const progress = new Progress({ quiet })
  const set = await interruptible((signal) =>
    extractFeatures(network, originals, {
      ...methodOf(options),
      directory: join(out, kind),
      threads: options.threads,
      signal,
      onProgress: noted(progress, kind),
    }),
  ).finally(() => progress.stop())
  const columns = FEATURE_KINDS.flatMap((each) => (each === kind ? [set] : (siblings.get(each) ?? [])))
  const sheet = join(out, SHEET)
  // Loaded here, for few commands write PNG themselves.
  const { comparisonSheet } = await import('../data/images/contact-sheet.js')
  const choice = { perClass: 1, seed: 1 }
  const names = ['original', ...columns.map(({ construction }) => construction.kind)]
  const { name } = set.construction.source
  await writeFileAtomically(
    sheet,
    comparisonSheet([originals, ...columns.map(({ dataset }) => dataset)], choice, {
      titles: names,
      classNames: classNamesOf(name),
    }),
  )
  const summary = { ...summaryOf(set), directory: join(out, kind), sheet, columns: names }
  process.stdout.write(json ? `${JSON.stringify(summary, null, 2)}\n` : textOf(summary))
}

/** Progress, and once what an earlier session left, as trainings tell it. */
function noted(progress: Progress, kind: FeatureKind): ExtractFeaturesOptions['onProgress'] {
  let resumed = false
  return (done, count, earlier) => {
    if (!resumed && earlier > 0 && (done > earlier || done === count)) {
      resumed = true
      progress.note(
        earlier === count
          ? `${kind}: all ${count} images are already there.`
          : `${kind}: resuming at image ${earlier} of ${count}.`,
      )
    }
    progress.progress(kind, done / count, `${done} of ${count} images`)
  }
}

function requireOwnOptions(options: Readonly<Record<string, unknown>> & { kind: FeatureKind }): void {
  const foreign = optionsOfOtherKinds(options.kind).find((name) => options[name] !== undefined)
  if (foreign === undefined) return
  const found = describeValue(options[foreign])
  throw new RobustFeaturesError(
    'INVALID_ARGUMENT',
    `Expected \`${optionName(foreign)}\` to be left out for kind ${options.kind}, got ${found}.`,
  )
}

/** What was typed of the options that the construction takes. */
function methodOf(options: Readonly<Record<string, unknown>>): ExtractFeaturesOptions {
  const names = ['kind', 'steps', 'stepSize', 'radius', 'norm', 'start', 'layer', 'seed']
  const typed = names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]]))
  return Object.fromEntries(typed)
}

function summaryOf({ dataset, construction, initialLoss, loss, notFinite }: FeatureSet) {
  const meanOf = (values: Float64Array) => {
    const finite = values.filter(Number.isFinite)
    return finite.length === 0 ? null : finite.reduce((sum, value) => sum + value, 0) / finite.length
  }
  return {
    name: dataset.name,
    images: dataset.count,
    meanInitialLoss: meanOf(initialLoss),
    meanLoss: meanOf(loss),
    notFinite: notFinite.reduce((sum, flag) => sum + flag, 0),
    flags: flagsOf(dataset, construction),
    construction,
  }
}

/** Of a targeted set whose images were free to become any others. */
function flagsOf(
  { height, width, channels }: ImageDataset,
  { norm, radius }: FeatureConstruction,
): RobustnessFlag[] {
  if (norm === undefined || radius === undefined) return []
  const flag = radiusFlag(
    radiusWarning({ norm, radius, bounds: [0, 1] }, { inputSize: height * width * channels }),
  )
  return flag === undefined ? [] : [flag]
}

function textOf(
  summary: ReturnType<typeof summaryOf> & { directory: string; sheet: string; columns: string[] },
): string {
  const { name, images, meanInitialLoss, meanLoss, notFinite, flags, directory, sheet, columns } = summary
  const [before, after] = [meanInitialLoss, meanLoss].map((loss) => loss?.toPrecision(3) ?? 'none finite')
  const what = summary.construction.norm === undefined ? 'distance' : 'cross-entropy'
  const flagged = notFinite === 0 ? '' : `, ${notFinite} stopped where numbers were not finite`
  return [
    `${inlineText(name)}: ${images} images, mean ${what} ${before} before and ${after} after${flagged}`,
    ...flags.map(flagLine),
    directory,
    `${sheet}: ${columns.join(', ')}`,
  ]
    .map((line) => `${line}\n`)
    .join('')
}
