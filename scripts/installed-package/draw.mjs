// Text as reports draw it, whose fonts lie in another package: prints the SHA-256 of the picture.
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const manifest = createRequire(import.meta.url).resolve('robust-features/package.json')
const { svgToPng } = await import(new URL('dist/report/render-figure.js', pathToFileURL(manifest)).href)
const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" width="80" height="20"><text y="15" font-family="DejaVu Sans">δ ≤ ε</text></svg>'
const png = svgToPng(svg)
console.log(png.length > 500, createHash('sha256').update(png).digest('hex'))
