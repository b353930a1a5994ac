// Draws the figures of a report page. Read as text and put into the page, where `vega` is a global.
const vega = globalThis.vega
const { document } = globalThis
const MAXIMUM_TABLE_ROWS = 1000

for (const figure of document.querySelectorAll('figure[data-figure]')) {
  try {
    await show(figure, JSON.parse(document.getElementById(figure.dataset.figure).textContent))
  } catch (error) {
    figure.querySelector('.plot').textContent = `This figure cannot be drawn: ${error.message}`
    console.error(error)
  }
}
document.documentElement.dataset.figures = 'shown'

/** `columns` are a figure's columns as in its CSV, `roles` which of them its spec knows by what name. */
async function show(figure, { spec, columns, rows, roles, choices }) {
  const plotted = rows.map((row) => Object.fromEntries(roles.map(([role, column]) => [role, row[column]])))
  const plot = figure.querySelector('.plot')
  const view = new vega.View(vega.parse(spec), { renderer: 'svg', container: plot, hover: false })
  await view.data('rows', plotted).runAsync()
  // The plot itself is described by its label; a reader's way to the numbers is the table.
  plot.querySelector('svg')?.setAttribute('aria-hidden', 'true')
  link(figure.querySelector('a[data-csv]'), [columns, ...rows])
  const details = figure.querySelector('details')
  details.addEventListener('toggle', () => fillTable(details.querySelector('table'), columns, rows), {
    once: true,
  })
  const control = figure.querySelector('[data-control]')
  if (control === null) return
  const output = figure.querySelector('output')
  const choose = async () => {
    const { value, label } = choices[Number(control.value)]
    if (output !== null) output.textContent = label
    control.setAttribute('aria-valuetext', label)
    await view.signal('chosen', value).runAsync()
  }
  control.addEventListener('input', choose)
  await choose()
}

function link(anchor, lines) {
  const csv = lines.map((line) => `${line.map(cell).join(',')}\r\n`).join('')
  anchor.href = URL.createObjectURL(new Blob([csv], { type: 'text/csv;charset=utf-8' }))
  anchor.hidden = false
}

function cell(value) {
  const text = value === null ? '' : String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function fillTable(table, columns, rows) {
  const addRow = (part, values, tag) => {
    const row = part.insertRow()
    for (const value of values) {
      const element = document.createElement(tag)
      element.textContent = value === null ? '' : String(value)
      if (tag === 'th') element.scope = 'col'
      row.append(element)
    }
  }
  addRow(table.createTHead(), columns, 'th')
  const body = table.createTBody()
  for (const row of rows.slice(0, MAXIMUM_TABLE_ROWS)) addRow(body, row, 'td')
  const left = rows.length - MAXIMUM_TABLE_ROWS
  if (left > 0) table.createCaption().textContent = `${left} more rows are in the CSV file.`
}
