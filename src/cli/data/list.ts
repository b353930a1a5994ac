import Table from 'cli-table3'
import { Command } from 'commander'
import { z } from 'zod'
import { dataFolder, findSplit } from '../../data/images/data-folders.js'
import { type DataSet, SPLITS, type Split } from '../../data/images/sets/data-set.js'
import { dataSets } from '../../data/images/sets/registry.js'
import { parseCommandOptions } from '../options.js'
import { dataDirectoryFlag, dataDirectoryOption } from './options.js'

const optionsShape = { dataDir: dataDirectoryOption, json: z.boolean().default(false) }

export function dataListCommand(): Command {
  return new Command('list')
    .description('Show which data sets there are, under which licence, and where they are present.')
    .option(...dataDirectoryFlag)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  robust-features data list --json')
    .action(list)
}

async function list(given: Record<string, unknown>): Promise<void> {
  const { dataDir, json } = parseCommandOptions(optionsShape, given)
  const rows = await Promise.all(Object.values(dataSets).map((dataSet) => describe(dataSet, dataDir)))
  if (json) {
    const output = { directory: dataFolder(dataDir), dataSets: rows }
    process.stdout.write(`${JSON.stringify(output, null, 2)}\n`)
    return
  }
  const color = process.stdout.isTTY === true
  const table = new Table({
    head: ['name', 'images', 'size', 'classes', 'licence', 'present'],
    style: color ? { head: ['bold'] } : { head: [], border: [] },
  })
  for (const { name, images, size, classes, licence, present } of rows) {
    const counts = images.map(({ split, count }) => `${count} ${split}`)
    const folders = new Set(present.map(({ directory }) => directory))
    const where = [...folders].map(
      (folder) =>
        `${present.flatMap(({ split, directory }) => (directory === folder ? [split] : [])).join(', ')} in ${folder}`,
    )
    table.push([
      name,
      counts.join('\n'),
      size.join(' × '),
      classes.length,
      licence,
      where.length === 0 ? `no; data fetch ${name}` : where.join('\n'),
    ])
  }
  process.stdout.write(`${table.toString()}\n`)
}

interface Row {
  readonly name: string
  readonly title: string
  readonly homepage: string
  readonly licence: string
  readonly images: readonly { readonly split: Split; readonly count: number }[]
  /** Height, width, channels. */
  readonly size: readonly number[]
  readonly classes: readonly string[]
  readonly present: readonly { readonly split: Split; readonly directory: string }[]
}

async function describe(dataSet: DataSet, directory: string | undefined): Promise<Row> {
  const { name, title, homepage, licence, height, width, channels, classNames, splits } = dataSet
  const own = SPLITS.filter((split) => splits[split] !== undefined)
  const found = await Promise.all(own.map((split) => findSplit(dataSet, split, directory)))
  return {
    name,
    title,
    homepage,
    licence,
    images: own.map((split) => ({ split, count: splits[split]?.count ?? 0 })),
    size: [height, width, channels],
    classes: classNames,
    present: own.flatMap((split, position) => {
      const place = found[position]
      return place === undefined ? [] : [{ split, directory: place.directory }]
    }),
  }
}
