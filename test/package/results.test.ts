import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { ExperimentRecord, Measurement } from '../../src/index.js'
import { projectRoot } from '../helpers/run-node.js'

const results = join(projectRoot, 'docs', 'results')
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

/** How the page prints a measurement. */
function printed({ value, ci95 }: Measurement): string[] {
  const mean = value.toFixed(3)
  return ci95 === null ? [mean] : [mean, `${mean} (${ci95.lower.toFixed(3)} … ${ci95.upper.toFixed(3)})`]
}

describe('docs/results/README.md', () => {
  const page = readFileSync(join(results, 'README.md'), 'utf8')
  const rows = rowsOf(page)

  it('has a verdict beside every interval', () => {
    const intervals = (text: string) => text.match(/\([^()]* … [^()]*\)/g)?.length ?? 0
    expect(intervals(rows.map(({ text }) => text).join('\n'))).toBe(intervals(page))
    expect(rows.length).toBeGreaterThan(40)
    expect(new Set(rows.map(({ folder }) => folder)).size).toBe(5)
  })

  it.each(rows.map((row) => [row.text, row] as const))('has from a kept run: %s', (_, row) => {
    expect(row.measured).not.toEqual([])
    const sources = recordsIn(row.folder).filter(({ verdict, conditions }) => {
      const all = new Set(conditions.flatMap(({ measured }) => printed(measured)))
      return verdict === row.verdict && row.measured.every((text) => all.has(text))
    })
    expect(sources).not.toEqual([])
  })
})
