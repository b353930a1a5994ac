import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { BenchmarkDocument } from '../../bench/report/document.js'
import { markdownOf } from '../../bench/report/markdown.js'
import { targets } from '../../bench/targets.js'

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const results = JSON.parse(read('bench/results/quick.json')) as BenchmarkDocument

describe('docs/performance.md', () => {
  it('shows the results that are kept', () => {
    expect(read('docs/performance.md')).toContain(markdownOf(results).trim())
  })

  it('has them for every target, from a complete run', () => {
    expect(results.complete).toBe(true)
    expect(results.targets.map(({ case: name, versus }) => `${name} ${versus}`)).toEqual([
      ...targets.map(({ case: name, versus }) => `${name} ${versus}`),
      'memory MiB',
    ])
  })
})
