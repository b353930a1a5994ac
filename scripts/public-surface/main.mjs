import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { printPublicSurface } from './print.mjs'

const pathTo = (path) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const [path = pathTo('etc/api.md')] = process.argv.slice(2)
writeFileSync(path, await printPublicSurface(pathTo('dist')))
