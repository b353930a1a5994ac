import { existsSync } from 'node:fs'
import { basename, extname, join, resolve } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { writeFileAtomically } from '../../data/atomic-file.js'
import { classCounts, type ImageDataset } from '../../data/images/image-dataset.js'
import { SPLITS, type Split } from '../../data/images/sets/data-set.js'
import { dataSets } from '../../data/images/sets/registry.js'
import { FEATURES_FILE, loadFeatures } from '../../features/feature-file.js'
import { parseOptions, positiveInteger } from '../../native/validation.js'
import { numberOption, parseCommandOptions, seedOption } from '../options.js'
import { firstImages } from './first-images.js'
import { dataDirectoryFlag, dataDirectoryOption, dataSetOrFile, dataSetOrFileOption } from './options.js'

const optionsShape = {
  split: z.enum(SPLITS).default('train'),
  count: numberOption(positiveInteger(100)).default(10),
  seed: seedOption,
  out: z.string().optional(),
  dataDir: dataDirectoryOption,
  verify: z.boolean().default(true),
  json: z.boolean().default(false),
}

export function dataShowCommand(): Command {
  return new Command('show')
    .description('Write a contact sheet of a data set: a PNG with a row of random images for each class.')
    .argument('<set>', `${dataSetOrFile}, or a folder that \`features\` made`)
    .option('--split <split>', `${SPLITS.join(' or ')} (default: train)`)
    .option('--count <n>', 'images per class (default: 10)')
    .option('--seed <n>', 'which images are drawn (default: 1)')
    .option('--out <file>', 'where the PNG goes (default: the name of the set or folder, with .png)')
    .option(...dataDirectoryFlag)
    .option('--no-verify', 'take other images than the official ones, too')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  robust-features data show mnist
  robust-features data show cifar10 --split test --count 20 --out objects.png
  robust-features data show own.npz
  robust-features data show features/robust`,
    )
    .action(show)
}

async function show(set: string, typed: Record<string, unknown>): Promise<void> {
  const options = parseCommandOptions(optionsShape, typed)
  const { count, seed = 1, json } = options
  const { images, split, classNames, fileName } = existsSync(join(set, FEATURES_FILE))
    ? await constructed(set)
    : await given(set, options)
  // Loaded here, for few commands write PNG themselves.
  const { contactSheet } = await import('../../data/images/contact-sheet.js')
  const path = resolve(options.out ?? `${fileName}.png`)
  await writeFileAtomically(path, contactSheet(images, { perClass: count, seed }))
  const classes = classCounts(images).map((own, index) => ({
    title: classNames[index] ?? `${index}`,
    images: own,
  }))
  if (json) {
    const output = { file: path, dataSet: images.name, split, classes }
    process.stdout.write(`${JSON.stringify(output, null, 2)}\n`)
    return
  }
  const rows = classes.map(({ title, images: own }) => `${title} (${own})`).join(', ')
  process.stdout.write(`rows: ${rows}\n${path}\n`)
}

interface Shown {
  readonly images: ImageDataset
  readonly split: Split | undefined
  readonly classNames: readonly string[]
  /** Of the sheet, unless the user says otherwise: nothing that a file could choose. */
  readonly fileName: string
}

async function given(
  set: string,
  options: { split: Split; verify: boolean; dataDir?: string | undefined },
): Promise<Shown> {
  const data = parseOptions(z.object({ set: dataSetOrFileOption }), { set }, 'arguments').set
  const images = await firstImages({ ...options, data })
  const fileName = basename(data, extname(data))
  return { images, split: images.provenance?.split, classNames: classNamesOf(images.name), fileName }
}

async function constructed(directory: string): Promise<Shown> {
  const { dataset, construction } = await loadFeatures(directory)
  const { name, split } = construction.source
  return { images: dataset, split, classNames: classNamesOf(name), fileName: basename(resolve(directory)) }
}

/** Of a public data set, and of what was made from it. */
function classNamesOf(name: string): readonly string[] {
  return Object.values(dataSets).find((dataSet) => dataSet.name === name)?.classNames ?? []
}
