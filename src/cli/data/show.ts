import { resolve } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { writeFileAtomically } from '../../data/atomic-file.js'
import { classCounts } from '../../data/images/image-dataset.js'
import { loadImages } from '../../data/images/load-images.js'
import { SPLITS } from '../../data/images/sets/data-set.js'
import { DATA_SET_NAMES, dataSets } from '../../data/images/sets/registry.js'
import { parseOptions, positiveInteger } from '../../native/validation.js'
import { numberOption, parseCommandOptions, seedOption } from '../options.js'
import { dataDirectoryFlag, dataDirectoryOption } from './options.js'

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
    .argument('<set>', `one of ${DATA_SET_NAMES.join(', ')}`)
    .option('--split <split>', `${SPLITS.join(' or ')} (default: train)`)
    .option('--count <n>', 'images per class (default: 10)')
    .option('--seed <n>', 'which images are drawn (default: 1)')
    .option('--out <file>', 'where the PNG goes (default: the name of the set, with .png)')
    .option(...dataDirectoryFlag)
    .option('--no-verify', 'take other images than the official ones, too')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  robust-features data show mnist
  robust-features data show cifar10 --split test --count 20 --out objects.png`,
    )
    .action(show)
}

async function show(set: string, given: Record<string, unknown>): Promise<void> {
  const options = parseCommandOptions(optionsShape, given)
  const name = parseOptions(z.object({ set: z.enum(DATA_SET_NAMES) }), { set }, 'arguments').set
  const { split, count, seed = 1, dataDir, verify, json } = options
  const images = await loadImages(name, {
    split,
    verify,
    ...(dataDir !== undefined && { directory: dataDir }),
  })
  // Loaded here, for no other command writes PNG itself.
  const { contactSheet } = await import('../../data/images/contact-sheet.js')
  const path = resolve(options.out ?? `${name}.png`)
  await writeFileAtomically(path, contactSheet(images, { perClass: count, seed }))
  const counts = classCounts(images)
  const classes = dataSets[name].classNames.map((title, index) => ({ title, images: counts[index] ?? 0 }))
  if (json) {
    process.stdout.write(`${JSON.stringify({ file: path, dataSet: name, split, classes }, null, 2)}\n`)
    return
  }
  const rows = classes.map(({ title, images: own }) => `${title} (${own})`).join(', ')
  process.stdout.write(`rows: ${rows}\n${path}\n`)
}
