import { parseArgs } from 'node:util'
import { threadBudget } from '../src/native/threads.js'
import { benchmarks, shapeNames, stepNames } from './cases/benchmark.js'
import { type Sweep, sweeps } from './cases/sweeps.js'
import { contenders } from './contenders/registry.js'
import { oneOf, positiveInteger, UsageError, usage } from './usage.js'

const contenderNames = contenders.map(({ name }) => name)

/** The case that measures memory, not time. */
export const MEMORY = 'memory'

export interface Options {
  readonly quick: boolean
  /** Names of cases; all without `--case`, the targets' with `--quick`. */
  readonly cases: readonly string[] | undefined
  readonly memory: boolean
  readonly contenders: readonly string[] | undefined
  readonly sweeps: readonly Sweep[]
  /** The most threads of a contender. */
  readonly threads: number
  readonly rounds: number
  readonly timeLimit: number
  readonly json: string | undefined
  readonly markdown: string | undefined
  readonly chart: string | undefined
  readonly installPeers: boolean
  readonly python: string | undefined
  readonly libtensorflow: string | undefined
}

export const HELP = `Usage: npm run bench -- [options]

Times training steps of robust-features, of its floor (the unavoidable matrix products) and of other tools, each in a
process of its own and only after its losses agree with the oracle's (layered networks: PyTorch's in float64).

  --quick               the targets' cases and contenders only, without the ordinary variants and those of more than
                        20 s; shorter rounds: under 5 minutes
  --case NAME           a case such as pgd-10-l2-step/wide, a step, a shape, or memory; repeatable
  --contender NAME      a contender, repeatable (default: all; with --quick the targets')
  --sweep WHAT          growth over N, P, d, filters or K; repeatable
  --threads N           the most threads a contender may use (default: the processors available)
  --rounds N            interleaved rounds (default: 9; with --quick 4)
  --time-limit SECONDS  for one answer of a contender (default: 180; with --quick 60)
  --json FILE           write everything measured as JSON, again after each case
  --markdown FILE       write the tables
  --chart FILE          write a chart as SVG
  --install-peers       put what bench/peers/requirements.txt names into build/peers
  --python FILE         interpreter of the Python peers (default: that of build/peers, else python3)
  --libtensorflow DIR   library for tfjs-node (default: the one of the tensorflow wheel in build/peers)
  --help                show this

Exit code: 0 when everything ran, also where a target is missed; 1 when robust-features is wrong or fails; 2 for
wrong options.

Cases: ${benchmarks.map(({ name }) => name).join(', ')}, ${MEMORY}
Contenders: ${contenderNames.join(', ')}
`

/**
 * The checked command line; `undefined` when help is asked for.
 *
 * @throws UsageError
 */
export function parseOptions(args: readonly string[]): Options | undefined {
  const values = parse(args)
  if (values.help) return undefined
  const { quick } = values
  const chosen = values.case && chooseCases(values.case)
  return {
    quick,
    cases: chosen?.filter((name) => name !== MEMORY),
    memory: chosen === undefined ? values.sweep === undefined : chosen.includes(MEMORY),
    contenders: values.contender?.map((name) => oneOf('--contender', name, contenderNames)),
    sweeps: (values.sweep ?? []).map((name) => oneOf('--sweep', name, sweeps)),
    threads: positiveInteger('--threads', values.threads, threadBudget().threads),
    rounds: positiveInteger('--rounds', values.rounds, quick ? 4 : 9),
    timeLimit: positiveInteger('--time-limit', values['time-limit'], quick ? 60 : 180),
    json: values.json,
    markdown: values.markdown,
    chart: values.chart,
    installPeers: values['install-peers'],
    python: values.python,
    libtensorflow: values.libtensorflow,
  }
}

function parse(args: readonly string[]) {
  const several = { type: 'string', multiple: true } as const
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  return usage(() =>
    parseArgs({
      args: [...args],
      options: {
        quick: flag,
        case: several,
        contender: several,
        sweep: several,
        threads: text,
        rounds: text,
        'time-limit': text,
        json: text,
        markdown: text,
        chart: text,
        'install-peers': flag,
        python: text,
        libtensorflow: text,
        help: flag,
      },
    }),
  ).values
}

/** Cases by name, step or shape, in their order. */
export function chooseCases(wanted: readonly string[]): readonly string[] {
  const matches = (part: string) => {
    if (part === MEMORY) return [MEMORY]
    return benchmarks
      .filter(({ name, shape, step }) => [name, shape.name, step.name].includes(part))
      .map(({ name }) => name)
  }
  for (const part of wanted) {
    if (matches(part).length === 0) throw new UsageError(unknownCase(part))
  }
  const chosen = new Set(wanted.flatMap(matches))
  return [...benchmarks.map(({ name }) => name), MEMORY].filter((name) => chosen.has(name))
}

function unknownCase(part: string): string {
  return (
    `Expected \`--case\` to be a step (${stepNames.join(', ')}), a shape (${shapeNames.join(', ')}), both as step/shape, ` +
    `or ${MEMORY}, got '${part}'.`
  )
}
