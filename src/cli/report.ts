import { resolve } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { parseCommandOptions } from './options.js'

const optionsShape = { json: z.boolean().default(false) }

export function reportCommand(): Command {
  return new Command('report')
    .description('Make the HTML report of a run folder, or of all runs in a folder, from the files there.')
    .argument('[directory]', 'a run folder, or what `reproduce` got as --out', 'runs')
    .option('--json', 'print the path as JSON')
    .addHelpText(
      'after',
      `
Examples:
  robust-features report
  robust-features report runs/standard-training-51032fbcdf8a`,
    )
    .action(report)
}

async function report(directory: string, given: Record<string, unknown>): Promise<void> {
  const { json } = parseCommandOptions(optionsShape, given)
  // Loaded here, for no other command needs Vega.
  const { writeReports } = await import('../report/write-reports.js')
  const path = await writeReports(resolve(directory))
  process.stdout.write(json ? `${JSON.stringify({ report: path }, null, 2)}\n` : `${path}\n`)
}
