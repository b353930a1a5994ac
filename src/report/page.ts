import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { Html, html, inlineScript } from './html.js'
import { style } from './style.js'

let scripts: Promise<Html> | undefined

/** A whole document: nothing it shows comes from elsewhere, so that it works from a disk and for ever. */
export async function page(title: string, content: Html): Promise<string> {
  scripts ??= readScripts()
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="robust-features">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<a class="skip" href="#verdicts">Skip to the verdicts</a>
${content}
<noscript><p class="notice">Without JavaScript the figures of this page are in the folders named figures.</p></noscript>
${await scripts}
</body>
</html>
`.text
}

async function readScripts(): Promise<Html> {
  // Vega exports its modules only; the one file for browsers lies beside them.
  const vega = join(dirname(createRequire(import.meta.url).resolve('vega')), 'vega.min.js')
  const [library, figures] = await Promise.all([
    readFile(vega, 'utf8'),
    readFile(new URL('./browser/figures.js', import.meta.url), 'utf8'),
  ])
  return html`${inlineScript(library)}
${inlineScript(figures, 'module')}`
}
