import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { BenchmarkDocument } from '../../bench/report/document.js'
import { markdownOf } from '../../bench/report/markdown.js'
import { overview } from '../../bench/report/overview.js'
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

describe('README.md', () => {
  it('shows the kept ratios to the peers', () => {
    const row = (title: string, document: string, name: string, variant: 'tuned' | 'ordinary' | 'gram') => {
      const result = kept(document).cases.find((candidate) => candidate.name === name)
      if (result === undefined) throw new Error(`Expected ${name} in ${document}.json.`)
      return { title, result, variant }
    }
    const rows = [
      row('PGD-10, ℓ2, d = 784', 'quick', 'pgd-10-l2-step/wide', 'tuned'),
      row('the same, peers with our algorithm', 'quick', 'pgd-10-l2-step/wide', 'gram'),
      row('one-step attack, small', 'quick', 'one-step-adversarial-step/small', 'tuned'),
      row('one-step attack, medium', 'ordinary', 'one-step-adversarial-step/medium', 'tuned'),
      row('the same, peers as written by most', 'ordinary', 'one-step-adversarial-step/medium', 'ordinary'),
      row('PGD-10, ℓ∞, medium', 'quick', 'pgd-10-linf-step/medium', 'tuned'),
      row('ResNet-8, standard', 'layered', 'cnn-standard-step', 'tuned'),
      row('ResNet-8, PGD-7', 'layered', 'cnn-pgd-step', 'tuned'),
    ]
    expect(read('README.md')).toContain(overview(rows))
  })
})
