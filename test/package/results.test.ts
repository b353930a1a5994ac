import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ExperimentRecord, Measurement } from '../../src/index.js'
import { projectRoot } from '../helpers/run-node.js'

const results = join(projectRoot, 'docs', 'results')
/** The rows of the theorems in README.md, and the record of each. */
const THEOREMS = [
  ['standard', 'standard-training'],
  ['adversarial, one ascent step as in the paper', 'adversarial-training/one-step'],
  ['the same with a surrogate slope', 'adversarial-training/surrogate-slope'],
  ['the same with the feature-aligned attack added', 'adversarial-training/strong-inner-maximiser'],
] as const
const VERDICTS = ['reproduced', 'not reproduced', 'inconclusive']
const NUMBER = String.raw`-?\d+\.\d{3}(?!\d)`
const MEASURED = new RegExp(String.raw`${NUMBER}(?: \(${NUMBER} … ${NUMBER}\))?`, 'g')

interface Row {
  readonly text: string
  /** The kept run whose figures the section shows. */
  readonly folder: string
  readonly verdict: string
  /** As printed: a mean with its interval, or alone. */
  readonly measured: readonly string[]
}

/** The rows that have a verdict, of all tables of the page. */
function rowsOf(page: string): Row[] {
  return page.split(/^## /m).flatMap((section) => {
    const [, folder = ''] = section.match(/\]\(([\w-]+)\/[\w-]+\.(?:svg|png)\)/) ?? []
    return section.split('\n').flatMap((text) => {
      const cells = text.split('|').map((cell) => cell.trim())
      const verdict = cells.at(-2) ?? ''
      if (!text.startsWith('|') || !VERDICTS.includes(verdict)) return []
      const measured = cells.slice(1, -2).flatMap((cell) => cell.match(MEASURED) ?? [])
      return [{ text, folder, verdict, measured }]
    })
  })
}

function recordsIn(folder: string): ExperimentRecord[] {
  return JSON.parse(readFileSync(join(results, folder, 'records.json'), 'utf8'))
}

/** How a page prints a measurement: the mean alone, or with its interval. */
function printed({ value, ci95 }: Measurement, digits: number): string[] {
  const mean = value.toFixed(digits)
  return ci95 === null
    ? [mean]
    : [mean, `${mean} (${ci95.lower.toFixed(digits)} … ${ci95.upper.toFixed(digits)})`]
}

describe('docs/results/README.md', () => {
  const page = readFileSync(join(results, 'README.md'), 'utf8')
  const rows = rowsOf(page)

  it('has a verdict beside every interval', () => {
    const intervals = (text: string) => text.match(/\([^()]* … [^()]*\)/g)?.length ?? 0
    expect(intervals(rows.map(({ text }) => text).join('\n'))).toBe(intervals(page))
    expect(rows.length).toBeGreaterThan(40)
    expect(new Set(rows.map(({ folder }) => folder)).size).toBe(7)
  })

  it.each(rows.map((row) => [row.text, row] as const))('has from a kept run: %s', (_, row) => {
    expect(row.measured).not.toEqual([])
    const sources = recordsIn(row.folder).filter(({ verdict, conditions }) => {
      const all = new Set(conditions.flatMap(({ measured }) => printed(measured, 3)))
      return verdict === row.verdict && row.measured.every((text) => all.has(text))
    })
    expect(sources).not.toEqual([])
  })
})

describe('the table of the theorems in README.md', () => {
  const rows = readFileSync(join(projectRoot, 'README.md'), 'utf8')
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('−', '-')))

  it.each(THEOREMS)('has from a kept run: %s', (training, id) => {
    const [, , ratio = '', clean, attacked, certified, verdict] =
      rows.find(([, name]) => name === training) ?? []
    const records = recordsIn(`${id.split('/')[0]}-full`)
    const record = records.find((each) => each.id === id)
    expect(verdict?.replace(/^Theorem \d\.\d /, '')).toBe(record?.verdict)
    const [features, accuracy, robustness] = record?.conditions.map(({ measured }) => measured) ?? []
    expect(printed(features!, 1)).toContain(ratio.replace(/^[uv]\/[uv] /, ''))
    expect(printed(accuracy!, 2)).toContain(clean)
    expect(printed(robustness!, 2)).toContain(attacked)
    // Nothing is certified that an attack fools.
    const proof =
      records.find((each) => each.id === `${id}/certified`)?.conditions[0]?.measured ?? robustness!
    expect(printed(proof, 2)).toContain(certified)
  })
})
