import { dirname, resolve } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { ConfigFiles } from '../experiments/config-files.js'
import { runConfiguredTraining } from '../experiments/configured-training.js'
import { threadsOrDefault } from '../native/threads.js'
import { readConfig } from './config-file.js'
import { interruptible } from './interruption.js'
import { parseCommandOptions, threadsOption } from './options.js'
import { Progress } from './progress.js'

const optionsShape = {
  threads: threadsOption,
  out: z.string().default('runs'),
  json: z.boolean().default(false),
  quiet: z.boolean().default(false),
}

export function trainCommand(): Command {
  return new Command('train')
    .description('Train and evaluate what a YAML (or JSON) file describes; interrupted runs are continued.')
    .argument('<config>', 'configuration file')
    .option('--threads <n>', 'native threads; results do not depend on it (default: all processors)')
    .option('--out <directory>', 'where run folders go (default: runs)')
    .option('--json', 'print the summary as JSON')
    .option('--quiet', 'no progress')
    .addHelpText('after', '\nExample:\n  robust-features train examples/adversarial.yaml --out results')
    .action(trainFromFile)
}

async function trainFromFile(path: string, given: Record<string, unknown>): Promise<void> {
  const options = parseCommandOptions(optionsShape, given)
  const config = await readConfig(path)
  const progress = new Progress({ quiet: options.quiet })
  const { directory, summary } = await interruptible((signal) =>
    runConfiguredTraining(config, {
      directory: resolve(options.out),
      files: new ConfigFiles(dirname(path)),
      threads: threadsOrDefault(options.threads),
      signal,
      reporter: progress,
    }),
  ).finally(() => progress.stop())
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ directory, ...summary }, null, 2)}\n`
      : `${Object.entries(summary).map(summaryLine).join('')}${directory}\n`,
  )
}

function summaryLine([name, value]: [string, unknown]): string {
  return `${name}: ${typeof value === 'object' ? JSON.stringify(value) : value}\n`
}
