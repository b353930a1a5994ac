import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { type Case, cases } from './cases/cases.js'
import { ContenderProcess } from './contender-process.js'

const { values } = parseArgs({
  options: {
    case: { type: 'string', multiple: true },
    threads: { type: 'string', default: String(availableParallelism()) },
    rounds: { type: 'string', default: '7' },
  },
})

/** Steps whose losses are compared before anything is timed. */
const CHECKED_STEPS = 4
const TOLERANCE = 1e-4
const ROUND_SECONDS = 0.25

const wanted = values.case
const chosen = cases.filter(({ name }) => wanted === undefined || wanted.some((part) => name.includes(part)))
if (chosen.length === 0) {
  process.stderr.write(`Expected --case to be part of one of ${cases.map(({ name }) => name).join(', ')}.\n`)
  process.exit(2)
}
const threads = Number(values.threads)
process.stdout.write(
  `${cpus()[0]?.model ?? 'unknown processor'}, ${threads} threads, Node ${process.version}\n`,
)
process.stdout.write('case | ours, minimum ms | ours, median ms | losses against the oracle\n')
for (const benchmark of chosen) process.stdout.write(`${await measure(benchmark)}\n`)

async function measure(benchmark: Case): Promise<string> {
  const oracle = new ContenderProcess('oracle')
  const ours = new ContenderProcess('robust-features')
  try {
    const prepare = { do: 'prepare', case: benchmark, threads, checkedSteps: CHECKED_STEPS } as const
    const [expected, found] = [await oracle.ask(prepare), await ours.ask(prepare)]
    const difference = largestRelativeDifference(expected, found)
    if (!(difference <= TOLERANCE)) return `${benchmark.name} | wrong | wrong | differ by ${difference}`
    const once = await ours.seconds(3)
    const repetitions = Math.max(1, Math.round((ROUND_SECONDS / once) * 3))
    const rounds: number[] = []
    for (let round = 0; round < Number(values.rounds); round++) {
      rounds.push(((await ours.seconds(repetitions)) / repetitions) * 1000)
    }
    rounds.sort((a, b) => a - b)
    const median = rounds[Math.floor(rounds.length / 2)] ?? Number.NaN
    return `${benchmark.name} | ${rounds[0]?.toFixed(3)} | ${median.toFixed(3)} | agree to ${difference.toExponential(0)}`
  } finally {
    oracle.end()
    ours.end()
  }
}

function largestRelativeDifference(expected: object, found: object): number {
  const [a, b] = [lossesOf(expected), lossesOf(found)]
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  return Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? Number.NaN)) / Math.abs(value)))
}

function lossesOf(reply: object): readonly number[] {
  return 'losses' in reply ? (reply.losses as readonly number[]) : []
}
