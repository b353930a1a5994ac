import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { keptRun } from '../../bench/report/kept.js'
import { markdownOf } from '../../bench/report/markdown.js'
import { overview } from '../../bench/report/overview.js'
import { layeredTargets, patchTargets } from '../../bench/targets.js'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

describe('docs/performance.md', () => {
  it.each(['quick', 'layered', 'ordinary', 'growth'])('shows the complete run kept as %s', (name) => {
    expect(keptRun(name).complete).toBe(true)
    expect(read('docs/performance.md')).toContain(markdownOf(keptRun(name)).trim())
  })

  it('has a value for every target', () => {
    const labels = (rows: readonly { case: string; versus: string }[]) =>
      rows.map(({ case: name, versus }) => `${name} ${versus}`)
    expect(labels(keptRun('quick').targets)).toEqual([...labels(patchTargets), 'memory MiB'])
    const measured = keptRun('layered').targets.filter(({ value }) => value !== null)
    expect(labels(measured)).toEqual(labels(layeredTargets))
  })
})

describe('README.md', () => {
  it('shows the kept ratios to the peers', () => {
    expect(read('README.md')).toContain(overview())
  })
})
