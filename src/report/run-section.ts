import { experiments } from '../experiments/registry.js'
import { figureSection } from './figure-section.js'
import { anchor, type Html, html } from './html.js'
import { imageSection } from './image-section.js'
import type { ReportRun } from './read-run.js'
import { flagsAnchor, recordSection, sourceLink } from './records-section.js'

export interface RunSectionOptions {
  /** Where the run's files lie, seen from the page: empty or ending with a slash. */
  readonly folder: string
}

/** One run: what was claimed, what we did, what we saw, figures, and the machine it ran on. */
export function runSection(run: ReportRun, { folder }: RunSectionOptions): Html {
  const { config, records, figures, timings, name } = run
  const { claim, source } = experimentOf(run)
  const took = timings
    ? `${timings.threads} threads, ${timings.seconds.toFixed(1)} s in the last session.`
    : 'No timings are recorded.'
  return html`<section aria-labelledby="${anchor(name)}">
<h2 id="${anchor(name)}">${titleOf(run)}</h2>
<h3>What was claimed</h3>
<p>${claim}</p>
<p class="muted">Source: ${sourceLink(source)}</p>
<h3>What we did</h3>
<p>Scale ${config.scale}, ${config.seeds.length} seeds (${config.seeds.join(', ')}), version ${config.engine}, data format ${config.dataFormat}. ${took}</p>
<p>Folder <code>${name}</code>${folder === '' ? undefined : html`, with <a href="${folder}report.html">a report of its own</a>`}.</p>
<details><summary>Configuration</summary>${definitions(config.preset)}</details>
<h3>What we saw</h3>
${records.map((record) => recordSection(run, record))}
${flagList(run)}
<h3>Figures</h3>
${figureList(figures, name, folder)}
${imageSection(run.grids, name, folder)}<h3>Versions and machine</h3>
${run.environment === undefined ? html`<p>This run has no environment.json: versions and machine are not recorded.</p>` : definitions(run.environment)}
</section>
`
}

/** The experiment's title; its id where this version does not know it. */
export function titleOf(run: ReportRun): string {
  return experimentOf(run).title
}

function experimentOf({ config, records: [first] }: ReportRun): {
  title: string
  claim: string
  source: string
} {
  const known = experiments.find(({ id }) => id === config.experiment)
  return known ?? { title: config.experiment, claim: first?.claim ?? '', source: first?.source ?? '' }
}

function figureList(figures: ReportRun['figures'], name: string, folder: string): Html | Html[] {
  if (figures === undefined)
    return html`<p>This run has no figures.json: it was made before figures were recorded.</p>`
  if (figures.length === 0) return html`<p>This experiment draws none.</p>`
  return figures.map((figure) => figureSection(figure, name, folder))
}

/** Flags with one message stand together, with all trainings they are about. */
function flagList(run: ReportRun): Html {
  const { flags } = run
  if (flags === undefined) return html`<p>This run has no flags.json: flags are not recorded.</p>`
  if (flags.length === 0) return html`<p>No flag was raised.</p>`
  const messages = [...new Set(flags.map(({ message }) => message))]
  const items = messages.map((message) => {
    const group = flags.filter((flag) => flag.message === message)
    const names = [...new Set(group.map(({ name }) => name))]
    const places = [...new Set(group.map(({ where }) => where))]
    return html`<li>${names.map((name) => html`<code>${name}</code> `)}(${places.join(', ')}): ${message}</li>`
  })
  return html`<h4 id="${flagsAnchor(run)}">Flags: reasons to distrust a figure</h4>
<p class="muted">Each has its entry, with causes and remedies, in docs/troubleshooting.md.</p>
<ul>${items}</ul>`
}

/** Nested values as a list of names with dots and values. */
function definitions(values: Readonly<Record<string, unknown>>): Html {
  return html`<dl>${flatten(values).map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
}

function flatten(value: unknown, path = ''): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [[path, typeof value === 'string' ? value : JSON.stringify(value)]]
  }
  return Object.entries(value).flatMap(([name, inner]) =>
    flatten(inner, path === '' ? name : `${path}.${name}`),
  )
}
