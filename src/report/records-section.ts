import { type Condition, judge, type Verdict } from '../analysis/record.js'
import { readable } from './figure-text.js'
import { anchor, type Html, html } from './html.js'
import type { ReportRun } from './read-run.js'
import type { ReportedRecord } from './run-schema.js'

/** The table a page begins with: a claim in several rows where it has several conditions. */
export function verdictTable(runs: readonly ReportRun[]): Html {
  const records = runs.flatMap((run) => run.records.map((record) => ({ run, record })))
  const count = (wanted: Verdict) => records.filter(({ record }) => record.verdict === wanted).length
  const counts = (['reproduced', 'not reproduced', 'inconclusive'] as const).map(
    (verdict) => `${count(verdict)} ${verdict}`,
  )
  return html`<h2 id="verdicts">Verdicts</h2>
<p>${counts.join(', ')}. Every condition of a claim must hold; verdicts follow from the criteria and the intervals.</p>
<div class="wide" tabindex="0" role="region" aria-labelledby="verdicts">
<table class="verdicts">
<thead><tr><th scope="col">Claim</th><th scope="col">Verdict</th><th scope="col">Measured, mean and 95 % interval</th><th scope="col">Criterion</th><th scope="col">n</th></tr></thead>
${records.map(({ run, record }) => claimRows(run, record))}
</table></div>`
}

function claimRows(run: ReportRun, record: ReportedRecord): Html {
  const { conditions, claim, id, verdict } = record
  const span = conditions.length
  const first = html`<th scope="rowgroup" class="claim" rowspan="${span}"><a href="#${recordAnchor(run, record)}">${claim}</a>
<br><code>${id}</code> <span class="muted">${run.config.scale}</span></th><td rowspan="${span}">${badge(verdict)}</td>`
  return html`<tbody>${conditions.map(
    (condition, index) => html`<tr>${index === 0 ? first : undefined}${conditionCells(condition)}</tr>`,
  )}</tbody>
`
}

/** What was measured for one claim, with what the source says and what each condition comes to. */
export function recordSection(run: ReportRun, record: ReportedRecord): Html {
  const { claim, id, source, reported, verdict, conditions, seeds } = record
  const own = Object.entries(record.config).filter(
    ([name]) => name !== 'scale' && !Object.hasOwn(run.config.preset, name),
  )
  return html`<section id="${recordAnchor(run, record)}">
<h4>${claim}</h4>
<p>${badge(verdict)} <code>${id}</code></p>
<p class="muted">Source: ${sourceLink(source)}, which ${reported === null ? 'gives no number' : `reports ${reported}`}. Seeds: ${seeds.join(', ')}.${own.map(
    ([name, value]) => ` ${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}.`,
  )}</p>
<div class="wide"><table>
<thead><tr><th scope="col">Measured, mean and 95 % interval</th><th scope="col">Criterion</th><th scope="col">n</th><th scope="col">Comes to</th></tr></thead>
<tbody>${conditions.map((condition) => html`<tr>${conditionCells(condition)}<td>${badge(judge(condition))}</td></tr>`)}</tbody>
</table></div>
</section>
`
}

/** A source as text, its arXiv number as a link. */
export function sourceLink(source: string): Html {
  const [, before = '', number, after = ''] = source.match(/^(.*?)\barXiv[ :](\d{4}\.\d{4,5})\b(.*)$/s) ?? []
  return number === undefined
    ? html`${source}`
    : html`${before}<a href="https://arxiv.org/abs/${number}">arXiv ${number}</a>${after}`
}

function conditionCells({ measured: { value, ci95, n }, criterion }: Condition): Html {
  const interval = ci95 === null ? 'no interval' : `${shown(ci95.lower)} … ${shown(ci95.upper)}`
  return html`<td class="number">${shown(value)}<span class="interval">${interval}</span></td><td>${criterion.text}</td><td>${n}</td>`
}

function badge(verdict: Verdict): Html {
  return html`<span class="verdict ${anchor(verdict)}">${verdict}</span>`
}

function shown(value: number): string {
  return Number.isFinite(value) ? readable(value).replace('-', '−') : 'not finite'
}

function recordAnchor(run: ReportRun, { id }: ReportedRecord): string {
  return anchor(run.name, 'record', id)
}
