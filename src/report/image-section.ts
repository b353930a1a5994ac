import { anchor, type Html, html } from './html.js'
import type { ImageFile } from './read-run.js'

/** The image grids of a run, inside the page; nothing where it has none. */
export function imageSection(grids: readonly ImageFile[], prefix: string, folder: string): Html | undefined {
  if (grids.length === 0) return undefined
  return html`<h3>Images</h3>
${grids.map((grid) => gridFigure(grid, prefix, folder))}
`
}

function gridFigure({ id, title, caption, columns, png }: ImageFile, prefix: string, folder: string): Html {
  const path = `images/${id}.png`
  const named = `Columns from the left: ${columns.join(', ')}.`
  const data = png && `data:image/png;base64,${Buffer.from(png).toString('base64')}`
  return html`<figure id="${anchor(prefix, 'images', id)}" class="images">
<h4>${title}</h4>
${data ? html`<img src="${data}" alt="${title}. ${named} ${caption}">` : html`<p>This run has no ${path}.</p>`}
<figcaption>${named} ${caption}</figcaption>
${data ? html`<p class="files"><a href="${folder}${path}">PNG</a></p>` : undefined}
</figure>
`
}
