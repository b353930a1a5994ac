import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { benchmarks } from '../../bench/cases/benchmark.js'
import { type Case, cases } from '../../bench/cases/cases.js'
import { contenders } from '../../bench/contenders/registry.js'
import { HELP, type Options, parseOptions } from '../../bench/options.js'
import { participantsOf, planOf } from '../../bench/plan.js'
import { openOutputFile } from '../../bench/report/output-file.js'
import { targets } from '../../bench/targets.js'
import { UsageError } from '../../bench/usage.js'
import { temporaryFolder } from '../helpers/temporary-folder.js'

function options(...args: string[]): Options {
  const parsed = parseOptions(['--threads', '2', ...args])
  if (parsed === undefined) throw new Error('Expected options, got help.')
  return parsed
}

const planned = (...args: string[]) => planOf(options(...args)).map(({ benchmark }) => benchmark.name)

describe('options of the benchmark', () => {
  it.each([
    [
      ['--case', 'large'],
      /^Expected `--case` to be a step \(forward, .*\), a shape .*memory, got 'large'\.$/,
    ],
    [['--case', 'small', '--case', 'pgd'], /got 'pgd'\.$/],
    [['--contender', 'keras'], /^Expected `--contender` to be one of robust-features, .*, got 'keras'\.$/],
    [['--sweep', 'M'], /^Expected `--sweep` to be one of N, P, d, filters, K, got 'M'\.$/],
    [['--rounds', '0'], /^Expected `--rounds` to be an integer from 1 to 1000000, got '0'\.$/],
    [['--rounds=-1'], /got '-1'\.$/],
    [['--rounds', 'NaN'], /got 'NaN'\.$/],
    [['--rounds', '1.5'], /got '1\.5'\.$/],
    [['--rounds', ''], /got ''\.$/],
    [['--threads', '0'], /^Expected `--threads`/],
    [['--time-limit', 'Infinity'], /^Expected `--time-limit`/],
    [['--rounds', '-1'], /^[^\n]+$/],
    [['--fast'], /--fast/],
    [['small'], /small/],
  ])('%j are refused in one sentence', (args, message) => {
    expect(() => parseOptions(args)).toThrow(UsageError)
    expect(() => parseOptions(args)).toThrow(message)
  })

  it('are all in the help', () => {
    expect(parseOptions(['--help'])).toBeUndefined()
    for (const name of ['quick', 'case', 'contender', 'sweep', 'threads', 'rounds', 'time-limit', 'json']) {
      expect(HELP).toContain(`--${name}`)
    }
    for (const { name } of [...cases, ...contenders]) expect(HELP).toContain(name)
  })

  it('choose cases by name, step and shape', () => {
    expect(planned('--case', 'forward/wide')).toEqual(['forward/wide'])
    expect(planned('--case', 'wide', '--case', 'forward')).toEqual(
      cases
        .filter(({ shape, step }) => shape.name === 'wide' || step.name === 'forward')
        .map(({ name }) => name),
    )
    expect(planned('--case', 'memory')).toEqual([])
    expect(options('--case', 'memory').memory).toBe(true)
    expect(options('--case', 'small').memory).toBe(false)
  })

  it('take everything by default, and what the targets need with --quick', () => {
    expect(planned()).toEqual(benchmarks.map(({ name }) => name))
    const needed = new Set(targets.flatMap((target) => target.cases))
    expect(new Set(planned('--quick'))).toEqual(needed)
    for (const { benchmark, participants } of planOf(options('--quick'))) {
      const present = participants.map(({ name }) => name)
      for (const target of targets.filter((row) => row.cases.includes(benchmark.name))) {
        expect(present).toEqual(expect.arrayContaining(target.contenders.slice(0, 1)))
      }
    }
  })

  it('grow one size in a sweep and leave the rest', () => {
    const plan = planOf(options('--sweep', 'filters', '--sweep', 'K'))
    expect(plan.map(({ benchmark }) => (benchmark as Case).sweep)).toEqual([
      ...[10, 25, 50, 100, 200].map((value) => ({ over: 'filters', value })),
      ...[1, 2, 5, 10, 20].map((value) => ({ over: 'K', value })),
    ])
    expect(
      plan
        .map(({ benchmark }) => (benchmark as Case).shape)
        .map(({ classes, filtersPerClass }) => classes * filtersPerClass),
    ).toEqual([10, 25, 50, 100, 200, 25, 25, 25, 25, 25])
    expect(new Set(plan.map(({ benchmark }) => benchmark.name)).size).toBe(10)
  })
})

describe('who takes part', () => {
  const caseNamed = (name: string) => cases.find((benchmark) => benchmark.name === name)!

  it('is another case’s floor where a target compares with it', () => {
    const participants = participantsOf(caseNamed('pgd-10-l2-step/wide'), ['robust-features', 'floor'], 2)
    expect(participants.map(({ name, benchmark }) => [name, benchmark.name])).toEqual([
      ['robust-features', 'pgd-10-l2-step/wide'],
      ['floor', 'pgd-10-l2-step/wide'],
      ['floor of standard-step/wide', 'standard-step/wide'],
    ])
  })

  it('is ours once more on one thread, unless there is only one', () => {
    const on = (threads: number) =>
      participantsOf(caseNamed('standard-step/medium'), ['robust-features'], threads).map(({ name }) => name)
    expect(on(2)).toEqual(['robust-features', 'robust-features on 1 thread'])
    expect(on(1)).toEqual(['robust-features'])
  })
})

describe('files of results', () => {
  it('are refused before anything is measured when they cannot be written', async () => {
    const folder = temporaryFolder()
    for (const path of [join(folder, 'none', 'bench.json'), folder, '/dev/null']) {
      const opening = openOutputFile('--json', path)
      await expect(opening).rejects.toThrow(UsageError)
      await expect(opening).rejects.toThrow(/^Expected `--json` to be a .*file.*\.$/)
    }
  })

  it('are replaced as a whole', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'bench.json')
    writeFileSync(path, 'old')
    const file = await openOutputFile('--json', path)
    expect(readFileSync(path, 'utf8')).toBe('old')
    await file.write('new')
    await file.write('newer')
    expect(readFileSync(path, 'utf8')).toBe('newer')
    expect(readdirSync(folder)).toEqual(['bench.json'])
  })
})
