import { predictedSeconds } from '../cases/work.js'
import { OURS } from '../contenders/registry.js'
import {
  type CaseResult,
  type ContenderResult,
  type MemoryOutcome,
  measuredOf,
  resultOf,
} from '../measurement/results.js'
import type { BenchmarkDocument } from './document.js'
import type { TargetValue } from './target-values.js'

/** What was measured as Markdown tables; targets of cases that took no part are left out. */
export function markdownOf(document: BenchmarkDocument): string {
  const { machine, versions, settings, sgemmPeakGflops, cases, memory, targets } = document
  const names = new Set(cases.map(({ name }) => name))
  const relevant = targets.filter(
    (target) =>
      names.has(target.case) || (target.case === 'memory' ? memory !== null : target.value !== null),
  )
  const peaks = Object.entries(sgemmPeakGflops).map(
    ([threads, peak]) => `${peak.toFixed(0)} GFLOP/s on ${threads} thread${threads === '1' ? '' : 's'}`,
  )
  return [
    `${machine.processor}, ${machine.cores} cores, ${machine.caches.join(', ')}; ${machine.system}; ` +
      `Node ${versions.node}, robust-features ${versions.package} (${versions.commit ?? 'no commit'}), ` +
      `OpenBLAS ${versions.openblas} (${machine.blasKernel}); ${document.date}; ` +
      `at most ${settings.threads} threads, ${settings.rounds} rounds.`,
    peaks.length > 0 ? `Peak of a large sgemm: ${peaks.join(', ')}.` : '',
    ...cases.filter(({ sweep }) => sweep === undefined).map((result) => caseTable(result, sgemmPeakGflops)),
    ...growthTables(cases),
    memory === null ? '' : memorySection(memory),
    relevant.length > 0 ? targetTable(relevant) : '',
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n')
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [first = [], ...others] = cells
  return [line(first), line(widths.map((width) => '-'.repeat(width))), ...others.map(line)].join('\n')
}

function caseTable(result: CaseResult, peaks: BenchmarkDocument['sgemmPeakGflops']): string {
  const { name, shape, results, checkedAgainst } = result
  const head = ['contender', 'median ms', 'minimum', 'spread', '× ours', '× floor', 'GFLOP/s', 'threads']
  return [
    `### ${name}`,
    `${shapeText(shape)}; losses${'patches' in shape ? '' : ' and parameters'} checked against: ${checkedAgainst}.`,
    table(head, results.map(resultRow)),
    prediction(result, peaks),
    reasons(
      results.flatMap((result) => (result.status === 'measured' ? [] : [[result.contender, result.reason]])),
    ),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function shapeText(shape: CaseResult['shape']): string {
  if ('patches' in shape) {
    const { samples, patches, dimension, classes, filtersPerClass } = shape
    return `N=${samples} P=${patches} d=${dimension} k=${classes} m=${filtersPerClass}`
  }
  const { name, samples, height, width, channels, classes } = shape
  return `${name}, ${samples} images of ${height} × ${width} × ${channels}, k=${classes}`
}

/** The cost model beside what was measured. */
function prediction(result: CaseResult, peaks: BenchmarkDocument['sgemmPeakGflops']): string {
  const { shape, step } = result
  if (!('patches' in shape)) return ''
  const ours = measuredOf(result, OURS)
  const peak = ours && peaks[ours.threads]
  if (ours === undefined || peak === undefined) return ''
  const milliseconds = predictedSeconds({ shape, step }, peak, ours.threads) * 1000
  return `Predicted by the cost model: ${digits(milliseconds)} ms (measured: ${digits(ours.medianMs)}).`
}

/** One table for each sweep: the median of every contender as the number grows. */
function growthTables(cases: readonly CaseResult[]): readonly string[] {
  const swept = cases.flatMap((result) => (result.sweep === undefined ? [] : [{ ...result.sweep, result }]))
  return [...new Set(swept.map(({ over }) => over))].map((over) => {
    const points = swept.filter((point) => point.over === over)
    const names = [
      ...new Set(points.flatMap(({ result }) => result.results.map(({ contender }) => contender))),
    ]
    const rows = names.map((name) => [
      name,
      ...points.map(({ result }) => {
        const found = resultOf(result, name)
        return found?.status === 'measured' ? digits(found.medianMs) : (found?.status ?? '')
      }),
    ])
    const { shape } = middle(points).result
    if (!('patches' in shape)) throw new Error('Expected sweeps over patch networks.')
    const { samples, patches, dimension, classes, filtersPerClass } = shape
    const around =
      `N=${samples} P=${patches} d=${dimension} km=${classes * filtersPerClass}` +
      `${over === 'K' ? '' : ' K=10'}, but for ${over}; median milliseconds of an ℓ2 PGD training step.`
    return [
      `### Growth over ${over}`,
      around,
      table(['contender', ...points.map(({ value }) => `${over}=${value}`)], rows),
    ].join('\n\n')
  })
}

/** Every sweep goes through the same middle. */
function middle<Item>(items: readonly Item[]): Item {
  return items[Math.floor(items.length / 2)] as Item
}

/** Below a table, for a sentence in a cell would make all rows as long. */
function reasons(pairs: readonly (readonly string[])[]): string {
  return pairs.map(([name, reason]) => `- ${name}: ${reason}`).join('\n')
}

function resultRow(result: ContenderResult): readonly string[] {
  if (result.status !== 'measured') {
    return [result.contender, result.status, '', '', '', '', '', '']
  }
  const { contender, medianMs, minimumMs, spread, versusOurs, versusFloor, gflops, threads } = result
  return [
    contender,
    digits(medianMs),
    digits(minimumMs),
    `${(spread * 100).toFixed(0)} %`,
    versusOurs === undefined ? '' : digits(versusOurs),
    versusFloor === undefined ? '' : digits(versusFloor),
    digits(gflops),
    String(threads),
  ]
}

function targetTable(targets: readonly TargetValue[]): string {
  const rows = targets.map((target) => [
    target.case,
    target.versus,
    target.goal === null ? 'report' : `${target.kind} ${target.goal}`,
    target.value === null ? '–' : digits(target.value),
    target.atFloor === undefined ? '' : digits(target.atFloor),
    target.contender ?? '',
    verdict(target),
  ])
  const explained = reasons(
    targets.flatMap(({ case: name, versus, reason }) => (reason ? [[`${name}, ${versus}`, reason]] : [])),
  )
  return `### Targets\n\n${table(['case', 'versus', 'goal', 'value', 'at the floor', 'measured with', ''], rows)}\n\n${explained}`.trimEnd()
}

function verdict({ met, goal }: TargetValue): string {
  if (met !== null) return met ? 'met' : 'missed'
  return goal === null ? '' : 'not applicable'
}

function memorySection(memory: MemoryOutcome): string {
  if ('unsupported' in memory) return `### memory\n\nunsupported: ${memory.unsupported}`
  if ('failed' in memory) return `### memory\n\nfailed: ${memory.failed}`
  const { peakBytes, samples, patches, dimension, filters, contender } = memory
  const mebibytes = (peakBytes / 2 ** 20).toFixed(1)
  return (
    `### memory\n\n${contender}: ${mebibytes} MiB at the peak beyond one copy of the data ` +
    `(N=${samples} P=${patches} d=${dimension} km=${filters}).`
  )
}

/** Three digits that matter. */
export function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
