import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { BenchmarkDocument } from '../../bench/report/document.js'
import { markdownOf } from '../../bench/report/markdown.js'
import { layeredTargets, patchTargets } from '../../bench/targets.js'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const kept = (name: string) => JSON.parse(read(`bench/results/${name}.json`)) as BenchmarkDocument

describe('docs/performance.md', () => {
  it.each(['quick', 'layered', 'ordinary', 'growth'])('shows the complete run kept as %s', (name) => {
    expect(kept(name).complete).toBe(true)
    expect(read('docs/performance.md')).toContain(markdownOf(kept(name)).trim())
  })

  it('has a value for every target', () => {
    const labels = (rows: readonly { case: string; versus: string }[]) =>
      rows.map(({ case: name, versus }) => `${name} ${versus}`)
    expect(labels(kept('quick').targets)).toEqual([...labels(patchTargets), 'memory MiB'])
    const measured = kept('layered').targets.filter(({ value }) => value !== null)
    expect(labels(measured)).toEqual(labels(layeredTargets))
  })
})
