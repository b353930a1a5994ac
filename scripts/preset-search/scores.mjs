// How near a preset comes to telling the two theorems apart, and the table of all.
import { confidenceInterval95, mean } from 'robust-features'
import { start } from './space.mjs'

const TRAININGS = ['standard', 'adversarial']

/** Criteria of the two records, each as a distance: at least 0 is met. */
const criteria = {
  standard: [
    ['dominance', (low) => Math.log2(low / 2)],
    ['cleanAccuracy', (low) => low - 0.99],
    ['robustAccuracy', (_, high) => 0.05 - high],
  ],
  adversarial: [
    ['dominance', (low) => Math.log2(low / 2)],
    ['cleanAccuracy', (low) => low - 0.99],
    ['robustAccuracy', (low) => low - 0.95],
  ],
}

/** All results of one preset, with mean and interval of every measured number. */
export function summarize(preset, results) {
  const summary = { preset, score: 0, headroom: Number.POSITIVE_INFINITY, seeds: 0 }
  for (const training of TRAININGS) {
    const all = results.filter((result) => result.training === training)
    const list = all.filter(({ diverged }) => diverged !== true)
    if (list.length === 0) return { ...summary, score: Number.NEGATIVE_INFINITY }
    summary.seeds = summary.seeds === 0 ? list.length : Math.min(summary.seeds, list.length)
    summary[training] = Object.fromEntries(
      ['dominance', 'cleanAccuracy', 'robustAccuracy'].map((name) => {
        const values = list.map((result) => result[name])
        // Of few seeds an interval says little and one lucky seed widens it; the worst of them stands in for its ends.
        const [lower, upper] = values.length < 5 ? ends(values) : boundsOf(values)
        return [name, { mean: mean(values), lower, upper }]
      }),
    )
    for (const [name, distance] of criteria[training]) {
      const { lower, upper } = summary[training][name]
      summary.score += Math.min(0, distance(Math.max(lower, 1e-3), upper))
    }
    summary.headroom = Math.min(summary.headroom, summary[training].dominance.lower)
    summary.score -= all.length - list.length
  }
  return summary
}

function ends(values) {
  return [Math.min(...values), Math.max(...values)]
}

function boundsOf(values) {
  const { lower, upper } = confidenceInterval95(values)
  return [lower, upper]
}

/** Markdown table: what differs from the start, then mean (lower … upper end) of each number. */
export function table(summaries) {
  const header = [
    'differs from the start in',
    'n',
    'standard v/u',
    'clean',
    'robust',
    'adversarial u/v',
    'clean',
    'robust',
    'both hold',
  ]
  const rows = summaries.map(({ preset, seeds, score, headroom: _, ...measured }) => [
    differences(preset),
    seeds,
    ...TRAININGS.flatMap((training) => cells(measured[training])),
    score === 0 ? 'yes' : 'no',
  ])
  return [header, header.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function cells(measured) {
  if (measured === undefined) return ['–', '–', '–']
  return ['dominance', 'cleanAccuracy', 'robustAccuracy'].map((name) => {
    const { mean: middle, lower, upper } = measured[name]
    return lower === upper
      ? middle.toFixed(2)
      : `${middle.toFixed(2)} (${lower.toFixed(2)} … ${upper.toFixed(2)})`
  })
}

function differences(preset) {
  const changed = Object.entries(preset).filter(([name, value]) => value !== start[name])
  return changed.map(([name, value]) => `${name} ${value}`).join(', ') || 'nothing'
}
