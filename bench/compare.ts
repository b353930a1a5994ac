import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { median } from '../src/analysis/statistics.js'
import { threadBudget } from '../src/native/threads.js'
import { type Case, cases } from './cases/cases.js'
import { writeProblem } from './cases/problem-folder.js'
import { ContenderFailure, ContenderProcess } from './contender-process.js'
import { contenderNamed, OURS } from './contenders/registry.js'
import { type Pace, paceOf, repetitionsFor } from './measurement/pace.js'
import { largestRelativeDifference, quantile, ratios } from './measurement/statistics.js'
import { chooseCases, MEMORY } from './options.js'
import { commandOf } from './peer-environment.js'
import { digits, table } from './report/markdown.js'
import { openOutputFile } from './report/output-file.js'
import { removeFolder, temporaryFolder } from './temporary-folder.js'
import { positiveInteger, runProgram, UsageError, usage } from './usage.js'

const HELP = `Usage: npm run bench:compare -- [options] A B

Times two builds of robust-features, A and B, in interleaved rounds; each is the folder of a clone that is built.

  --case NAME      a case such as pgd-10-l2-step/wide, a step or a shape; repeatable (default: all)
  --threads N      threads of both (default: the processors available)
  --rounds N       interleaved rounds (default: 15)
  --json FILE      write everything measured as JSON
  --help           show this

A quotient below 1 says that B is faster. Losses that differ by more than 1e-4 end it with code 1.
`

interface Comparison {
  readonly case: string
  readonly medianMsA: number
  readonly medianMsB: number
  /** B over A: median, and quartiles, over rounds. */
  readonly ratio: number
  readonly quartiles: readonly [number, number]
  readonly lossDifference: number
}

const TOLERANCE = 1e-4
const PAUSE_MILLISECONDS = 30

await runProgram(async () => {
  const { values, positionals } = usage(() =>
    parseArgs({
      allowPositionals: true,
      options: {
        case: { type: 'string', multiple: true },
        threads: { type: 'string' },
        rounds: { type: 'string' },
        json: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    }),
  )
  if (values.help) {
    process.stdout.write(HELP)
    return 0
  }
  const threads = positiveInteger('--threads', values.threads, threadBudget().threads)
  const rounds = positiveInteger('--rounds', values.rounds, 15)
  const names = values.case && chooseCases(values.case).filter((name) => name !== MEMORY)
  const chosen = cases.filter(({ name }) => names === undefined || names.includes(name))
  const builds = twoBuilds(positionals)
  const output = values.json === undefined ? undefined : await openOutputFile('--json', values.json)
  const pace = paceOf({ quick: false, rounds, timeLimit: 600 })

  const comparisons: Comparison[] = []
  for (const benchmark of chosen) {
    process.stderr.write(`${benchmark.name}\n`)
    comparisons.push(await compare(benchmark, builds, threads, pace))
    await output?.write(`${JSON.stringify({ builds, threads, rounds, comparisons }, null, 2)}\n`)
  }
  process.stdout.write(report(comparisons))
  return comparisons.every(({ lossDifference }) => lossDifference <= TOLERANCE) ? 0 : 1
})

function twoBuilds(folders: readonly string[]): readonly [string, string] {
  const [a, b, ...others] = folders.map((folder) => join(resolve(folder), 'dist', 'index.js'))
  if (a === undefined || b === undefined || others.length > 0) {
    throw new UsageError(`Expected the folders of two builds, got ${folders.length}.`)
  }
  for (const build of [a, b]) {
    if (!existsSync(build)) {
      throw new UsageError(
        `Expected a build of robust-features, got a folder without ${build}; run its setup first.`,
      )
    }
  }
  return [a, b]
}

async function compare(
  benchmark: Case,
  builds: readonly [string, string],
  threads: number,
  pace: Pace,
): Promise<Comparison> {
  const problem = temporaryFolder()
  const [a, b] = builds.map((build) => contenderOf(build, benchmark, threads, pace))
  if (a === undefined || b === undefined) throw new Error('Expected two builds.')
  try {
    await writeProblem(benchmark, problem)
    const request = { case: benchmark, problem, threads, checkedSteps: pace.checkedSteps }
    const lossDifference = largestRelativeDifference(await lossesOf(a, request), await lossesOf(b, request))
    const seconds = Math.max(await a.seconds(1), await b.seconds(1))
    const repetitions = repetitionsFor(seconds, contenderNamed(OURS), pace)
    const times: Record<'a' | 'b', number[]> = { a: [], b: [] }
    for (let round = 0; round < pace.rounds; round++) {
      const order = [['a', a] as const, ['b', b] as const]
      for (const [name, contender] of round % 2 === 0 ? order : order.reverse()) {
        await pause(PAUSE_MILLISECONDS)
        times[name].push(((await contender.seconds(repetitions)) / repetitions) * 1000)
      }
    }
    const quotients = ratios(times.b, times.a)
    return {
      case: benchmark.name,
      medianMsA: median(times.a),
      medianMsB: median(times.b),
      ratio: median(quotients),
      quartiles: [quantile(quotients, 0.25), quantile(quotients, 0.75)],
      lossDifference,
    }
  } finally {
    await Promise.all([a.end(), b.end()])
    removeFolder(problem)
  }
}

function contenderOf(build: string, benchmark: Case, threads: number, { timeLimit }: Pace): ContenderProcess {
  const nobody = { python: '', libtensorflow: undefined, missing: new Set<string>() }
  const command = commandOf(contenderNamed(OURS), nobody, threads, benchmark)
  const environment = { ...command.environment, BENCH_LIBRARY: build }
  return new ContenderProcess({ ...command, environment }, timeLimit)
}

async function lossesOf(
  contender: ContenderProcess,
  request: Parameters<ContenderProcess['prepare']>[0],
): Promise<readonly number[]> {
  const reply = await contender.prepare(request)
  if ('unsupported' in reply) throw new ContenderFailure('failed', reply.unsupported)
  return reply.losses
}

function report(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ case: name, medianMsA, medianMsB, ratio, quartiles, lossDifference }) => [
    name,
    digits(medianMsA),
    digits(medianMsB),
    ratio.toFixed(3),
    quartiles.map((quartile) => quartile.toFixed(3)).join(' to '),
    lossDifference <= TOLERANCE ? 'agree' : `DIFFER by ${lossDifference.toExponential(1)}`,
  ])
  return `${table(['case', 'A, ms', 'B, ms', 'B ÷ A', 'quartiles', 'losses'], rows)}\n`
}
