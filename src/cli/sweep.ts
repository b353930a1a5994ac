import { dirname, resolve } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { ConfigFiles } from '../experiments/config-files.js'
import { type CellFailure, runSweep, type SweepRun } from '../experiments/sweep/run-sweep.js'
import { threadsOrDefault } from '../native/threads.js'
import { readConfig } from './config-file.js'
import { interruptible } from './interruption.js'
import { parseCommandOptions, threadsOption } from './options.js'
import { Progress } from './progress.js'

const optionsShape = {
  threads: threadsOption,
  out: z.string().default('runs'),
  failFast: z.boolean().default(false),
  json: z.boolean().default(false),
  quiet: z.boolean().default(false),
}

export function sweepCommand(): Command {
  return new Command('sweep')
    .description('Run a training or experiment over a grid or sample of its options, cells in parallel.')
    .argument('<config>', 'configuration file (YAML or JSON)')
    .option('--threads <n>', 'threads of all cells together; results do not depend on it (default: all)')
    .option('--out <directory>', 'where run folders go (default: runs)')
    .option('--fail-fast', 'stop after the first cell that fails')
    .option('--json', 'print the summary as JSON')
    .option('--quiet', 'no progress; failures are still told')
    .addHelpText(
      'after',
      `
Cells that are finished are not run again by the same command, cells that failed are.
Exit code: 0 when every cell has finished, 1 when some failed, 2 for a wrong configuration.

Example:
  robust-features sweep examples/sweeps/density-and-radius.yaml --threads 2`,
    )
    .action(sweepFromFile)
}

async function sweepFromFile(path: string, given: Record<string, unknown>): Promise<void> {
  const options = parseCommandOptions(optionsShape, given)
  const config = await readConfig(path)
  const progress = new Progress({ quiet: options.quiet })
  const run = await interruptible((signal) =>
    runSweep(config, {
      directory: resolve(options.out),
      files: new ConfigFiles(dirname(path)),
      threads: threadsOrDefault(options.threads),
      signal,
      failFast: options.failFast,
      reporter: progress,
      onFailure: (failure) => {
        progress.stop()
        process.stderr.write(`cell ${failureText(failure)}\n`)
      },
    }),
  ).finally(() => progress.stop())
  process.stdout.write(options.json ? `${JSON.stringify(run, null, 2)}\n` : summary(run))
  if (run.finished < run.cells) process.exitCode = 1
}

function summary({ directory, cells, finished, failures }: SweepRun): string {
  const missing = cells - finished - failures.length
  const notRun = missing === 0 ? '' : `, ${missing} not run`
  return [
    `${finished} of ${cells} cells finished, ${failures.length} failed${notRun}.`,
    ...failures.map((failure) => `failed: ${failureText(failure)}`),
    directory,
  ]
    .map((line) => `${line}\n`)
    .join('')
}

function failureText({ cell, label, error }: CellFailure): string {
  return `${cell} (${label}): ${error.message} [${error.code}]`
}
