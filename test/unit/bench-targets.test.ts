import { describe, expect, it } from 'vitest'
import { benchmarks } from '../../bench/cases/benchmark.js'
import { cases } from '../../bench/cases/cases.js'
import { reducedCase } from '../../bench/cases/reduced.js'
import { unavoidableGflop } from '../../bench/cases/work.js'
import { contenderNamed, contenders } from '../../bench/contenders/registry.js'
import type { CaseResult, ContenderResult } from '../../bench/measurement/results.js'
import { chartOf } from '../../bench/report/chart.js'
import { table } from '../../bench/report/markdown.js'
import { targetValues } from '../../bench/report/target-values.js'
import { targets } from '../../bench/targets.js'

function measured(contender: string, ...rounds: number[]): ContenderResult {
  return {
    contender,
    family: 'any',
    variant: 'tuned',
    status: 'measured',
    threads: 2,
    threadsTried: [2],
    rounds,
    repetitions: 1,
    medianMs: rounds[0] ?? 0,
    minimumMs: Math.min(...rounds),
    spread: 0,
    gflops: 1,
    versions: {},
    settings: {},
  }
}

function unmeasured(contender: string, status: 'unsupported' | 'missing' | 'wrong'): ContenderResult {
  return { contender, family: 'any', variant: 'tuned', status, reason: 'Because.' }
}

function caseResult(name: string, ...results: ContenderResult[]): CaseResult {
  const benchmark = cases.find((known) => known.name === name)
  if (benchmark === undefined) throw new Error(name)
  const { shape, step } = benchmark
  return { name, shape, step, unavoidableGflop: 1, checkedAgainst: 'oracle', checkedSteps: 4, results }
}

function target(name: string, versus: string, ...results: CaseResult[]) {
  return targetValues(results, undefined).find((row) => row.case === name && row.versus === versus)
}

describe('targets', () => {
  it('name known cases and contenders', () => {
    for (const row of targets) {
      for (const name of row.cases) expect(benchmarks.map((benchmark) => benchmark.name)).toContain(name)
      for (const name of row.contenders) contenderNamed(name.replace(/ (of|on) .*/, ''))
    }
    expect(new Set(contenders.map(({ name }) => name)).size).toBe(contenders.length)
  })

  it('are all listed, met or not, whatever was measured', () => {
    const values = targetValues([], undefined)
    expect(values).toHaveLength(targets.length + 1)
    for (const { goal, value, met, reason } of values) {
      expect({ value, met }).toEqual({ value: null, met: goal === null ? null : false })
      expect(reason).toBe('The case was not measured in this run.')
    }
  })

  it('divide our time by the floor’s in every round', () => {
    const result = caseResult(
      'standard-step/wide',
      measured('robust-features', 11, 30),
      measured('floor', 10, 20),
    )
    expect(target('standard-step/wide', 'floor', result)).toEqual({
      case: 'standard-step/wide',
      versus: 'floor',
      kind: 'at most',
      goal: 1.15,
      value: 1.3,
      met: false,
      contender: 'floor',
    })
  })

  it('compare with the fastest of a library’s ways', () => {
    const result = caseResult(
      'one-step-adversarial-step/medium',
      measured('robust-features', 10),
      measured('pytorch-eager', 40),
      measured('pytorch-compiled', 30),
      unmeasured('pytorch-ordinary', 'wrong'),
    )
    expect(target('one-step-adversarial-step/medium', 'PyTorch, best mode', result)).toMatchObject({
      value: 3,
      met: true,
      contender: 'pytorch-compiled',
    })
  })

  it('take the worse case of a shape', () => {
    const of = (name: string, alone: number) =>
      caseResult(name, measured('robust-features', 10), measured('robust-features on 1 thread', alone))
    const both = [of('standard-step/medium', 18), of('one-step-adversarial-step/medium', 19)]
    expect(target('medium', '1 thread', ...both)).toMatchObject({ value: 1.8, met: false, goal: 1.85 })
    expect(target('medium', '1 thread', ...both.slice(1))).toMatchObject({ value: null, met: false })
  })

  it('are missed when a contender is missing, and void when it cannot do the case', () => {
    const withPeer = (status: 'unsupported' | 'missing' | 'wrong') =>
      target(
        'one-step-adversarial-step/small',
        'tfjs cpu',
        caseResult(
          'one-step-adversarial-step/small',
          measured('robust-features', 1),
          unmeasured('tfjs-cpu', status),
          unmeasured('tfjs-cpu-ordinary', 'unsupported'),
        ),
      )
    expect(withPeer('missing')).toMatchObject({ value: null, met: false })
    expect(withPeer('wrong')).toMatchObject({ value: null, met: false })
    expect(withPeer('unsupported')).toMatchObject({
      value: null,
      met: null,
      reason: 'tfjs-cpu is unsupported: Because. tfjs-cpu-ordinary is unsupported: Because.',
    })
  })

  it('limit memory', () => {
    const of = (mebibytes: number) =>
      targetValues([], {
        peakBytes: mebibytes * 2 ** 20,
        limitBytes: 2 ** 26,
        samples: 1,
        patches: 1,
        dimension: 1,
        filters: 1,
        contender: 'robust-features',
      }).at(-1)
    expect(of(64)).toMatchObject({ case: 'memory', value: 64, met: true })
    expect(of(64.1)).toMatchObject({ met: false })
  })
})

describe('the work of a case', () => {
  const gflop = (name: string) => unavoidableGflop(cases.find((benchmark) => benchmark.name === name)!)

  it('counts the products that no implementation avoids', () => {
    const product = (2 * 1000 * 64 * 128 * 100) / 1e9
    const inSpan = (2 * 1000 * 64 * 100 * 100) / 1e9
    expect(gflop('forward/medium')).toBeCloseTo(product, 12)
    expect(gflop('standard-step/medium')).toBeCloseTo(2 * product, 12)
    expect(gflop('one-step-adversarial-step/medium')).toBeCloseTo(2 * product + 2 * inSpan, 12)
    expect(gflop('pgd-10-linf-step/medium')).toBeCloseTo(22 * product, 12)
  })

  it('is cut to what the oracle can check in time', () => {
    for (const benchmark of cases) {
      const { samples } = reducedCase(benchmark, 4).shape
      expect(samples).toBeGreaterThanOrEqual(8)
      expect(samples).toBeLessThanOrEqual(benchmark.shape.samples)
    }
    expect(reducedCase(cases[0]!, 4)).toBe(cases[0])
  })
})

describe('reports', () => {
  it('align tables and keep bars out of cells', () => {
    expect(table(['a', 'b'], [['x|y', '1']])).toBe('| a    | b |\n| ---- | - |\n| x\\|y | 1 |')
  })

  it('draw a bar per time, longer for more', () => {
    const svg = chartOf([
      caseResult('forward/small', measured('slow', 100), measured('fast', 1), unmeasured('none', 'missing')),
    ])
    const lengths = [...svg.matchAll(/y="[\d.]+" width="([\d.]+)" height="12"/g)].map(([, width]) =>
      Number(width),
    )
    expect(lengths).toHaveLength(2)
    expect(lengths[0]!).toBeGreaterThan(0)
    expect(lengths[1]!).toBeGreaterThan(lengths[0]!)
    expect(svg).not.toContain('none')
    expect(svg).not.toContain('NaN')
  })
})
