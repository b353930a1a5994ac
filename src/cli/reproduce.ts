import { basename, join, resolve } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { writeJson } from '../data/atomic-file.js'
import { SCALES } from '../experiments/experiment.js'
import { experiments } from '../experiments/registry.js'
import { type ExperimentRun, runExperiment } from '../experiments/run-experiment.js'
import { threadsOrDefault } from '../native/threads.js'
import { parseOptions, positiveInteger } from '../native/validation.js'
import { recordsTable } from '../report/records-table.js'
import { flagLines } from './flag-lines.js'
import { interruptible } from './interruption.js'
import { numberOption, parseCommandOptions, seedOption, threadsOption } from './options.js'
import { Progress } from './progress.js'

const optionsShape = {
  scale: z.enum(SCALES).default('quick'),
  seeds: numberOption(positiveInteger(10000)).optional(),
  seed: seedOption,
  threads: threadsOption,
  out: z.string().default('runs'),
  json: z.boolean().default(false),
  quiet: z.boolean().default(false),
}

const ids = experiments.map(({ id }) => id)

export function reproduceCommand(): Command {
  return new Command('reproduce')
    .description('Run experiments and judge the claims they are about; interrupted runs are continued.')
    .argument('[experiments...]', `any of ${ids.join(', ')} (default: all)`)
    .option('--scale <scale>', `${SCALES.join(' or ')} (default: quick)`)
    .option('--seeds <n>', 'number of seeds (default: the scale’s own)')
    .option('--seed <n>', 'first seed (default: 1)')
    .option('--threads <n>', 'native threads; results do not depend on it (default: all processors)')
    .option('--out <directory>', 'where run folders go (default: runs)')
    .option('--json', 'print the records as JSON instead of a table')
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      `
Examples:
  robust-features reproduce
  robust-features reproduce standard-training --scale smoke --seed 7
  robust-features reproduce adversarial-training --seeds 10 --out results`,
    )
    .action(reproduce)
}

async function reproduce(names: string[], given: Record<string, unknown>): Promise<void> {
  const options = parseCommandOptions(optionsShape, given)
  const wanted = parseOptions(
    z.object({ experiments: z.array(z.enum(ids)) }),
    { experiments: names },
    'arguments',
  ).experiments
  const chosen = experiments.filter(({ id }) => wanted.length === 0 || wanted.includes(id))
  const directory = resolve(options.out)
  const progress = new Progress({ quiet: options.quiet })
  const runs = await interruptible(async (signal) => {
    const done: ExperimentRun[] = []
    for (const experiment of chosen) {
      const count = options.seeds ?? experiment.defaultSeeds[options.scale]
      const seeds = Array.from({ length: count }, (_, index) => (options.seed ?? 1) + index)
      const threads = threadsOrDefault(options.threads)
      const { scale } = options
      done.push(
        await runExperiment(experiment, { scale, seeds, threads, signal, directory, reporter: progress }),
      )
    }
    return done
  }).finally(() => progress.stop())
  const records = runs.flatMap((run) => run.records)
  await writeJson(join(directory, 'records.json'), records)
  // Loaded here, for no other command needs Vega.
  const { writeReports } = await import('../report/write-reports.js')
  const report = await writeReports(directory, { preferred: runs.map((run) => basename(run.directory)) })
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ directory, report, runs }, null, 2)}\n`)
    return
  }
  if (options.scale === 'smoke')
    process.stdout.write('Scale smoke only proves that everything runs; its verdicts mean nothing.\n')
  for (const line of runs.flatMap(flagLines)) process.stdout.write(`${line}\n`)
  const { isTTY, columns } = process.stdout
  process.stdout.write(
    `${recordsTable(records, isTTY ? { color: true, width: columns } : { color: false })}\n`,
  )
  process.stdout.write(`report: ${report}\n${directory}\n`)
}
