import type { Figure } from '../analysis/figure.js'
import { columnOf, distinct, notOnLogAxis, plotRows, ROLES } from './figure-data.js'
import { columnsOf, figureDescription, readable } from './figure-text.js'
import { anchor, type Html, html, jsonScript } from './html.js'
import { compileFigure } from './render-figure.js'
import { pageTheme } from './theme.js'
import { vegaLiteSpec } from './vega-lite-spec.js'

const MOST_CHOICES_TO_LIST = 6

/** A figure of a page: what the script needs to draw it, its control, caption, data and files under `folder`. */
export function figureSection(figure: Figure, prefix: string, folder: string): Html {
  const id = anchor(prefix, figure.id)
  const rows = plotRows(figure)
  const columns = columnsOf(figure)
  const choices = distinct(rows, 'control').map((value) => ({ value, label: readable(value) }))
  const roles = ROLES.flatMap((role) => {
    const column = columnOf(figure, role)
    return column === undefined ? [] : [[role, columns.indexOf(column)]]
  })
  const hidden = notOnLogAxis(figure, rows)
  const data = {
    spec: compileFigure(vegaLiteSpec(figure, { theme: pageTheme, standalone: false })),
    columns,
    rows: figure.rows.map((row) => columns.map((column) => row[column] ?? null)),
    roles,
    choices,
  }
  return html`<figure id="${id}" data-figure="${id}-data">
<h4>${figure.title}</h4>
${choices.length > 0 ? control(figure, id, choices) : undefined}
<div class="plot" role="img" aria-label="${figureDescription(figure)}"></div>
${rows.length === 0 ? html`<p>There are no data for this figure.</p>` : undefined}
<figcaption>${figure.caption}${hidden > 0 ? ` ${hidden} of ${rows.length} rows are not positive and have no place on a logarithmic axis.` : undefined}</figcaption>
<p class="files"><a data-csv download="${figure.id}.csv" hidden>Data (CSV)</a>
<a href="${folder}figures/${figure.id}.svg">SVG</a> <a href="${folder}figures/${figure.id}.png">PNG</a></p>
<details><summary>Data as a table</summary><div class="wide"><table></table></div></details>
${jsonScript(`${id}-data`, data)}
</figure>`
}

function control(
  { control: field }: Figure,
  id: string,
  choices: readonly { readonly value: number | string; readonly label: string }[],
): Html {
  const last = choices.length - 1
  const label = html`<label for="${id}-control">${field?.title}</label>`
  const listed =
    choices.length <= MOST_CHOICES_TO_LIST || choices.some(({ value }) => typeof value === 'string')
  return listed
    ? html`<p class="control">${label} <select id="${id}-control" data-control>${choices.map(
        (choice, index) =>
          html`<option value="${index}"${index === last ? html` selected` : undefined}>${choice.label}</option>`,
      )}</select></p>`
    : html`<p class="control">${label} <input type="range" id="${id}-control" data-control min="0" max="${last}" value="${last}" autocomplete="off"> <output for="${id}-control">${choices[last]?.label}</output></p>`
}
