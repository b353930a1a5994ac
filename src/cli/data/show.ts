import { basename, extname, resolve } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { writeFileAtomically } from '../../data/atomic-file.js'
import { classCounts } from '../../data/images/image-dataset.js'
import { isDataSetName } from '../../data/images/image-source.js'
import { SPLITS } from '../../data/images/sets/data-set.js'
import { classNamesOf } from '../../data/images/sets/registry.js'
import { endsLikeTensors } from '../../data/tensor-file.js'
import { readConstruction } from '../../features/feature-file.js'
import { isTargeted } from '../../features/feature-options.js'
import { parseOptions, positiveInteger } from '../../native/validation.js'
import { namedAsTyped, numberOption, parseCommandOptions, seedOption } from '../options.js'
import { imageSourceHelp, imageSourceOption, imagesOf, imagesShape, PUBLIC_DATA_NAMES } from './images.js'
import { dataDirectoryFlag } from './options.js'

const { images: _, ...imageOptions } = imagesShape

const optionsShape = {
  ...imageOptions,
  count: numberOption(positiveInteger(100)).default(10),
  seed: seedOption,
  out: z.string().optional(),
  json: z.boolean().default(false),
}

export function dataShowCommand(): Command {
  return new Command('show')
    .description('Write a contact sheet of a data set: a PNG with a row of random images for each class.')
    .argument('<set>', imageSourceHelp)
    .option('--split <split>', `of a public data set: ${SPLITS.join(' or ')} (default: train)`)
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
    .action(namedAsTyped(show, optionsShape, PUBLIC_DATA_NAMES))
}

async function show(set: string, typed: Record<string, unknown>): Promise<void> {
  const options = parseCommandOptions(optionsShape, typed)
  const { count, seed = 1, json } = options
  const data = parseOptions(z.object({ set: imageSourceOption }), { set }, 'arguments').set
  const images = await imagesOf({ ...options, data }, 'train')
  const construction = isDataSetName(data) ? undefined : await readConstruction(data)
  const split = images.provenance?.split ?? construction?.source.split
  const classNames = classNamesOf(construction?.source.name ?? images.name)
  // Loaded here, for few commands write PNG themselves.
  const { contactSheet } = await import('../../data/images/contact-sheet.js')
  const path = resolve(
    options.out ?? `${basename(resolve(data), endsLikeTensors(data) ? extname(data) : '')}.png`,
  )
  // A targeted image has the label of the class that it was moved to.
  const rowsBy = construction !== undefined && isTargeted(construction.kind) ? 'target' : 'class'
  const classes = classCounts(images).map((own, index) => ({
    title: classNames[index] ?? `${index}`,
    images: own,
  }))
  const titles = classes.map(({ title }) => (rowsBy === 'target' ? `> ${title}` : title))
  await writeFileAtomically(path, contactSheet(images, { perClass: count, seed }, titles))
  if (json) {
    const output = { file: path, dataSet: images.name, split, rowsBy, classes }
    process.stdout.write(`${JSON.stringify(output, null, 2)}\n`)
    return
  }
  const rows = classes.map(({ title, images: own }) => `${title} (${own})`).join(', ')
  const what = rowsBy === 'target' ? 'rows, by the class that images were moved to' : 'rows'
  process.stdout.write(`${what}: ${rows}\n${path}\n`)
}
