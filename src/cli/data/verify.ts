import { Command } from 'commander'
import { z } from 'zod'
import { findSplit, searchedFolders } from '../../data/images/data-folders.js'
import { SPLITS } from '../../data/images/sets/data-set.js'
import { DATA_SET_NAMES, type DataSetName, dataSets } from '../../data/images/sets/registry.js'
import { type SplitVerification, verifySplit } from '../../data/images/verify-split.js'
import { RobustFeaturesError } from '../../native/errors.js'
import { parseCommandOptions } from '../options.js'
import { dataDirectoryFlag, dataDirectoryOption, dataSetArgument, parseDataSets } from './options.js'

const optionsShape = { dataDir: dataDirectoryOption, json: z.boolean().default(false) }

export function dataVerifyCommand(): Command {
  return new Command('verify')
    .description('Decode what is present and compare its SHA-256 with the official one.')
    .argument('[sets...]', `${dataSetArgument} (default: all that are present)`)
    .option(...dataDirectoryFlag)
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  robust-features data verify cifar10')
    .action(verify)
}

type Finding = SplitVerification & { readonly dataSet: DataSetName }

async function verify(names: string[], given: Record<string, unknown>): Promise<void> {
  const { dataDir, json } = parseCommandOptions(optionsShape, given)
  const wanted = parseDataSets(names)
  const findings: Finding[] = []
  for (const name of wanted.length === 0 ? DATA_SET_NAMES : wanted) {
    const found = await verifyPresent(name, dataDir)
    if (found.length === 0 && wanted.length > 0) throw absent(name, dataDir)
    findings.push(...found)
    if (!json) for (const finding of found) process.stdout.write(`${sentence(finding)}\n`)
  }
  if (json) process.stdout.write(`${JSON.stringify({ splits: findings }, null, 2)}\n`)
  else if (findings.length === 0) process.stdout.write('No data set is present.\n')
  const wrong = findings.filter(({ official }) => !official)
  if (wrong.length > 0) {
    const parts = wrong.map(({ dataSet, split }) => `${dataSet}'s ${split} images`).join(', ')
    const message = `Expected only official images, got others or damaged ones in ${parts}; fetch them again.`
    throw new RobustFeaturesError('INVALID_FILE', message)
  }
}

async function verifyPresent(name: DataSetName, directory: string | undefined): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const split of SPLITS) {
    if (dataSets[name].splits[split] === undefined) continue
    const place = await findSplit(dataSets[name], split, directory)
    if (place !== undefined)
      findings.push({ dataSet: name, ...(await verifySplit(dataSets[name], split, place)) })
  }
  return findings
}

function absent(name: DataSetName, directory: string | undefined): RobustFeaturesError {
  const folders = searchedFolders(dataSets[name], directory).join(' or ')
  return new RobustFeaturesError(
    'FILE_NOT_FOUND',
    `Expected ${name} in ${folders}, found none: run \`robust-features data fetch ${name}\`.`,
  )
}

function sentence({ dataSet, split, directory, count, digests, problem }: Finding): string {
  if (problem !== undefined) return `${dataSet} ${split}: FAILED: ${problem}`
  return `${dataSet} ${split}: ${count} images, official, SHA-256 ${digests?.images}, in ${directory}`
}
