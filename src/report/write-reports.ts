import { join, resolve } from 'node:path'
import { makeDirectory, writeFileAtomically } from '../data/atomic-file.js'
import { SCALES } from '../experiments/experiment.js'
import { experiments } from '../experiments/registry.js'
import { type Html, html } from './html.js'
import { page } from './page.js'
import { isRunFolder, type LeftOut, type ReportRun, readRun, readRuns } from './read-run.js'
import { verdictTable } from './records-section.js'
import { figureToSvg, svgToPng } from './render-figure.js'
import { runSection, titleOf } from './run-section.js'

export interface WriteReportsOptions {
  /** Folders of the runs that an overview is about; default: of every experiment the largest scale and most seeds. */
  readonly preferred?: readonly string[]
}

/**
 * Makes the report of a run folder, or of every run in a folder and their overview, from nothing but the files there:
 * the same files give the same pages. Writes `report.html` and `figures/<id>.svg` and `.png`, each atomically.
 *
 * @returns the path of the run's report, or of the overview
 * @throws RobustFeaturesError `FILE_NOT_FOUND` where no finished run is; `INVALID_FILE` for files that are damaged or
 *   of another version; `WRITE_FAILED`
 */
export async function writeReports(
  directory: string,
  { preferred }: WriteReportsOptions = {},
): Promise<string> {
  if (await isRunFolder(directory)) return writeRunReport(await readRun(directory))
  const { runs, leftOut } = await readRuns(directory)
  for (const run of runs) await writeRunReport(run)
  const shown = chosenRuns(runs, preferred)
  const others = runs.filter((run) => !shown.includes(run))
  const content = html`${heading('Overview of the experiments', shown)}
${verdictTable(shown)}
${alsoHere(others, leftOut)}
${shown.map((run) => runSection(run, { folder: `${encodeURIComponent(run.name)}/` }))}`
  return writePage(directory, 'Robust features: overview', content)
}

async function writeRunReport(run: ReportRun): Promise<string> {
  for (const figure of run.figures ?? []) {
    const folder = join(run.directory, 'figures')
    await makeDirectory(folder)
    const svg = await figureToSvg(figure)
    await writeFileAtomically(join(folder, `${figure.id}.svg`), svg)
    const png = svgToPng(svg)
    if (png !== undefined) await writeFileAtomically(join(folder, `${figure.id}.png`), png)
  }
  const content = html`${heading(titleOf(run), [run])}
${verdictTable([run])}
${runSection(run, { folder: '' })}`
  return writePage(run.directory, `Robust features: ${titleOf(run)}`, content)
}

async function writePage(directory: string, title: string, content: Html): Promise<string> {
  const path = join(resolve(directory), 'report.html')
  await writeFileAtomically(path, await page(title, content))
  return path
}

function heading(title: string, runs: readonly ReportRun[]): Html {
  const scales = SCALES.filter((scale) => runs.some(({ config }) => config.scale === scale))
  const smoke = scales.includes('smoke')
    ? html`<p class="notice" role="note">Scale smoke only proves that everything runs; its verdicts mean nothing.</p>`
    : undefined
  const seeds = [...new Set(runs.flatMap(({ config }) => config.seeds))].sort((a, b) => a - b)
  const machines = unique(runs, ({ environment }) => `${environment?.processor ?? 'machine not recorded'}`)
  const versions = unique(
    runs,
    ({ config, environment }) =>
      `robust-features ${config.engine}, Node ${environment?.node ?? 'not recorded'}`,
  )
  return html`<h1>${title}</h1>
${smoke}
<p class="muted">Scale ${scales.join(', ')}; seeds ${seeds.join(', ')}; ${versions}; ${machines}. Configuration, versions and machine of each run stand in its section.</p>
<p class="muted">The presets are our own choice: the paper’s settings and the numbers in its tables are not public to us.</p>`
}

function unique(runs: readonly ReportRun[], read: (run: ReportRun) => string): string {
  return [...new Set(runs.map(read))].join(' and ')
}

/** In the order in which experiments are told. */
function chosenRuns(runs: readonly ReportRun[], preferred: readonly string[] | undefined): ReportRun[] {
  const known = experiments.map(({ id }) => id)
  const rank = ({ config }: ReportRun) => {
    const index = known.indexOf(config.experiment)
    return index < 0 ? known.length : index
  }
  const candidates = runs.filter(({ name }) => preferred?.includes(name) ?? true)
  const ids = [...new Set(candidates.map(({ config }) => config.experiment))]
  const largest = ids.map((id) => candidates.filter(({ config }) => config.experiment === id).reduce(larger))
  const chosen = preferred ? candidates : largest
  return chosen.toSorted((a, b) => rank(a) - rank(b))
}

function larger(a: ReportRun, b: ReportRun): ReportRun {
  const scale = ({ config }: ReportRun) => SCALES.indexOf(config.scale)
  const difference = scale(b) - scale(a) || b.config.seeds.length - a.config.seeds.length
  return difference > 0 ? b : a
}

function alsoHere(others: readonly ReportRun[], leftOut: readonly LeftOut[]): Html | undefined {
  if (others.length + leftOut.length === 0) return undefined
  return html`<h2>Also in this folder</h2>
<ul>${others.map(
    ({ name, config }) =>
      html`<li><a href="${encodeURIComponent(name)}/report.html">${name}</a>, scale ${config.scale}, seeds ${config.seeds.join(', ')}</li>`,
  )}${leftOut.map(({ name, reason }) => html`<li><code>${name}</code> is left out. ${reason}</li>`)}</ul>`
}
